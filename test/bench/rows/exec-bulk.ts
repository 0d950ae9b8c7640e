import { spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { most, residentMib } from "../harness/memory.ts";
import { type MeasuredRow, type MemoryUse, measuredRow } from "../harness/report.ts";
import { alternate } from "../harness/stats.ts";
import type { ExecVm } from "./exec-vm.ts";

export const BULK_ROWS = ["exec-bulk-in", "exec-bulk-out"] as const;
const MIB = 1024 ** 2;
/** Of the guest's RAM: no disk takes part. */
const GUEST_FILE = "/dev/shm/bulk";

interface Files {
  readonly input: FileHandle;
  readonly output: FileHandle;
}

/** Many MiB by `vm exec -- cat` each way, against ssh: MiB/s would hide the start, so it is the whole time. */
export async function bulkRows(
  vm: ExecVm,
  { runs, mib }: { runs: number; mib: number },
): Promise<MeasuredRow[]> {
  const { sandbox } = vm;
  const source = path.join(sandbox.directory, "bulk");
  const file = await open(source, "w");
  await file.truncate(mib * MIB);
  await file.close();
  // A file in the guest takes as much RAM as it has bytes, unless it is a hole.
  await sandbox.ok("vm", "exec", "bench", "--", "truncate", "-s", `${mib}M`, GUEST_FILE);
  const input = async (): Promise<Files> => ({
    input: await open(source),
    output: await open("/dev/null", "w"),
  });
  const output = async (): Promise<Files> => ({
    input: await open("/dev/null"),
    output: await open("/dev/null", "w"),
  });
  const sink = "cat > /dev/null";
  const read = `cat ${GUEST_FILE}`;
  return [
    await bulkRow(vm, { name: "exec-bulk-in", runs, files: input, agent: ["sh", "-c", sink], ssh: sink }),
    await bulkRow(vm, { name: "exec-bulk-out", runs, files: output, agent: ["cat", GUEST_FILE], ssh: read }),
  ];
}

interface Way {
  readonly name: string;
  readonly runs: number;
  readonly files: () => Promise<Files>;
  readonly agent: string[];
  readonly ssh: string;
}

async function bulkRow(vm: ExecVm, { name, runs, files, agent, ssh }: Way): Promise<MeasuredRow> {
  const daemon = await vm.sandbox.daemonPid();
  const before = await residentMib(daemon);
  const max = { daemon: 0, cli: 0 };
  const byAgent = async () => {
    const carried = carry(vm, vm.exec(...agent), files, async (pid, ended) => {
      max.cli = Math.max(max.cli, await most(pid, () => ended));
    });
    max.daemon = Math.max(max.daemon, await most(daemon, () => carried));
    return carried;
  };
  const samples = await alternate(runs, byAgent, () => carry(vm, vm.ssh([], ssh), files));
  const memory: MemoryUse[] = [
    { name: "bangerd", before, max: max.daemon, after: await residentMib(daemon) },
    { name: "banger", before: null, max: max.cli, after: null },
  ];
  return { ...measuredRow({ name, reference: "ssh, cold", unit: "ms" }, samples), memory };
}

/** Runs one program with files as its standard streams, so that nothing of ours stands between; milliseconds. */
async function carry(
  { sandbox }: ExecVm,
  args: string[],
  files: () => Promise<Files>,
  watch?: (pid: number, ended: Promise<unknown>) => Promise<void>,
): Promise<number> {
  const { input, output } = await files();
  try {
    const start = performance.now();
    const child = spawn("nsenter", args, { stdio: [input.fd, output.fd, "inherit"], env: sandbox.env });
    const ended = once(child, "exit") as Promise<[number | null]>;
    const watched = watch?.(child.pid ?? 0, ended);
    const [status] = await ended;
    const elapsed = performance.now() - start;
    await watched;
    if (status !== 0) throw new Error(`nsenter ${args.join(" ")} ended with ${status}`);
    return elapsed;
  } finally {
    await Promise.all([input.close(), output.close()]);
  }
}

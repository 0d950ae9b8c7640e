import { Sandbox, type SandboxOptions } from "../../e2e/support/sandbox.ts";
import { type MeasuredRow, measuredRow } from "../harness/report.ts";
import { alternate } from "../harness/stats.ts";

const REFERENCE = "the same on the work disk";
const FIRST_WRITES = 256;

/**
 * What the root disk of one storage driver costs a guest, against the work disk of the same guest, which is a plain file with every driver:
 * the first write to blocks that were never written (one flush each), and 1 GiB read that the guest has not cached.
 */
export async function ioRows(name: string, runs: number, options: SandboxOptions): Promise<MeasuredRow[]> {
  const sandbox = await Sandbox.open(options);
  try {
    await sandbox.ok("vm", "create", "--name", "io", "--memory", "512M");
    const sh = async (script: string) => {
      const done = await sandbox.run(["vm", "exec", "io", "--wait", "system", "--", "sh", "-c", script]);
      if (done.status !== 0) throw new Error(`${script}: ${done.stderr}`);
      return done.stderr;
    };
    const write = (directory: string) => async (run: number) =>
      copySeconds(
        await sh(`dd if=/dev/zero of=${directory}/first${run} bs=4k count=${FIRST_WRITES} oflag=dsync`),
      );
    const read = (directory: string) => async () =>
      copySeconds(await sh(`echo 3 >/proc/sys/vm/drop_caches; dd if=${directory}/gib of=/dev/null bs=1M`));
    const row = async (what: string, unit: string, scale: number, measure: typeof write | typeof read) => {
      const samples = await alternate(runs, measure("/opt"), measure("/root"));
      const scaled = {
        subject: samples.subject.map((seconds) => seconds * scale),
        reference: samples.reference.map((seconds) => seconds * scale),
      };
      return measuredRow({ name: `${what}-${name}`, reference: REFERENCE, unit }, scaled);
    };
    const first = await row("first-write", "ms/write", 1000 / FIRST_WRITES, write);
    await sh("for d in /opt /root; do dd if=/dev/zero of=$d/gib bs=1M count=1024 conv=fsync; done");
    const rows = [first, await row("read-1gib", "s", 1, read)];
    await sandbox.ok("vm", "rm", "--force", "io");
    return rows;
  } finally {
    await sandbox.close();
  }
}

/** dd's own account of the time, which leaves the way to the guest out. */
function copySeconds(account: string): number {
  const seconds = /copied, ([\d.e+-]+) s/.exec(account)?.[1];
  if (seconds === undefined) throw new Error(`dd says nothing of its time: ${account}`);
  return Number(seconds);
}

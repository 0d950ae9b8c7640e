import { readFileSync } from "node:fs";
import path from "node:path";
import type { OperationEvent } from "../../../src/domain/operation.ts";
import { RpcClient } from "../../../src/rpc/client.ts";
import type { DaemonStatus, VmCreated, VmDetails } from "../../../src/rpc/contract.ts";
import { fromErrorBody } from "../../../src/shared/error-body.ts";
import { ExecSession } from "../../../src/shared/exec/exec-session.ts";
import { Sandbox, type SandboxOptions } from "../../e2e/support/sandbox.ts";
import { FirecrackerFloor } from "../floor/firecracker.ts";
import { Floor, type FloorMachine } from "../floor/floor.ts";
import { QemuFloor } from "../floor/qemu.ts";
import { HostMemory } from "../harness/host-memory.ts";
import { untilQuiet } from "../harness/quiet.ts";
import { type MeasuredRow, measuredRow } from "../harness/report.ts";
import { alternate } from "../harness/stats.ts";

/**
 * After each create: what a daemon does beside it when it has answered (a spare copy) and what a delete leaves the host to write are part
 * of neither the floor that is measured next nor of the next create. At least longer than the delay in src/storage/spare-copy.ts.
 */
const AFTER_CREATE = { leastMs: 2_500, mostMs: 10_000 };
/** After each floor: the kernel takes a machine apart that was killed. All in all less than what a daemon's ready TAPs stay. */
const AFTER_FLOOR = { leastMs: 0, mostMs: 3_000 };

interface Created {
  readonly id: string;
  /** Milliseconds from the RPC to the command's first byte of output. */
  readonly elapsed: number;
  readonly stages: ReadonlyMap<string, number>;
}

/**
 * Create → first output byte of a command, against the VMM alone. The sandbox's daemon runs, caches are warm, the host's memory is there, each
 * VM is new.
 */
export async function createRow(name: string, runs: number, options: SandboxOptions): Promise<MeasuredRow> {
  const sandbox = await Sandbox.open(options);
  try {
    await sandbox.ok("daemon", "start");
    const { socket, build } = await sandbox.json<DaemonStatus>("daemon", "status");
    const client = await RpcClient.connect(socket, { build });
    const first = await createOnce(client);
    const vm: VmDetails = await client.call("vm.show", { ref: first.id });
    const byHand = await floorOf(sandbox, vm);
    await remove(client, first.id);
    const kernel = path.join(sandbox.state, "kernels", vm.kernel);
    const directory = path.join(sandbox.runtime, "floor");
    const floor = await Floor.make(byHand, kernel, directory, sandbox.netns);
    const memory = HostMemory.make(directory);
    const stages = new Map<string, number[]>();
    const create = async (run: number): Promise<number> => {
      memory.touch();
      const created = await createOnce(client);
      await remove(client, created.id);
      await untilQuiet(AFTER_CREATE);
      if (run >= 0)
        for (const [stage, ms] of created.stages) stages.set(stage, [...(stages.get(stage) ?? []), ms]);
      return created.elapsed;
    };
    const byItself = async (): Promise<number> => {
      memory.touch();
      const elapsed = await floor.measure();
      await untilQuiet(AFTER_FLOOR);
      return elapsed;
    };
    const samples = await alternate(runs, create, byItself);
    await client.close();
    floor.close();
    const names = { name, reference: "same VMM, kernel, modules", unit: "ms" };
    return measuredRow(
      names,
      samples,
      [...stages].map(([stage, all]) => ({ name: stage, samples: all })),
    );
  } finally {
    await sandbox.close();
  }
}

async function createOnce(client: RpcClient): Promise<Created> {
  const start = performance.now();
  const { operationId } = await client.call("vm.create", {});
  const stages = new Map<string, number>();
  const { id } = await watch<VmCreated>(client, operationId, (event) => {
    if (event.type === "stage" && event.state === "done") stages.set(event.name, event.elapsedMs);
  });
  const created = performance.now();
  const session = new ExecSession(await client.exec(id));
  session.start({ argv: ["echo", "x"] });
  session.stderr.resume();
  await new Promise((resolve, reject) => {
    session.stdout.once("data", resolve);
    session.exit.catch(reject);
  });
  const end = performance.now();
  await session.exit;
  stages.set("command", end - created);
  return { id, elapsed: end - start, stages };
}

async function remove(client: RpcClient, id: string): Promise<void> {
  const { operationId } = await client.call("vm.delete", { refs: [id], force: true });
  await watch(client, operationId, () => undefined);
}

async function watch<T>(
  client: RpcClient,
  operationId: string,
  see: (event: OperationEvent) => void,
): Promise<T> {
  for await (const event of client.watch(operationId)) {
    see(event);
    if (event.type === "failed") throw fromErrorBody(event.error);
    if (event.type === "done") return event.result as T;
  }
  throw new Error("the daemon ended before the operation did");
}

/** How the VMM of a running VM is started by hand: from what the kernel, or the VMM itself, says of it. */
async function floorOf(sandbox: Sandbox, vm: VmDetails): Promise<FloorMachine> {
  const argv = readFileSync(`/proc/${sandbox.vmmPid(vm.id)}/cmdline`, "utf8")
    .split("\0")
    .slice(0, -1);
  if (vm.vmm === "qemu") return new QemuFloor(argv);
  return FirecrackerFloor.of(path.join(sandbox.runtime, "vms", vm.id, "api.sock"));
}

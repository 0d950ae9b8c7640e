import type { HostOps, ProcessRef, ProcessSpawn } from "../../../../src/host/host-ops.ts";
import { isAsleep } from "./proc.ts";

/** A look at a `sleep` that has done with its beginning; it is ended after that. */
export async function whileRunning(
  host: HostOps,
  spec: ProcessSpawn,
  look: (ref: ProcessRef) => void | Promise<void>,
): Promise<void> {
  const ref = await host.process.spawn(spec);
  try {
    await isAsleep(ref.pid);
    await look(ref);
  } finally {
    await host.process.signal(ref, 9);
    await host.process.wait(ref);
  }
}

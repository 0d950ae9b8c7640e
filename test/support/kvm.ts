import { Sandbox } from "../e2e/support/sandbox.ts";

/** Whether QEMU gets KVM from banger here: told by what a creation says, since a device that opens proves nothing. */
export async function kvmWorks(): Promise<boolean> {
  const sandbox = await Sandbox.open({ config: 'vmm = "qemu"\nstorage = "copy"\n' });
  try {
    const done = await sandbox.run(["vm", "create", "--no-start", "--name", "asks"]);
    if (done.status !== 0) throw new Error(`QEMU makes no VM here: ${done.stderr}`);
    await sandbox.ok("vm", "rm", "asks");
    return done.stderr.includes("with KVM");
  } finally {
    await sandbox.close();
  }
}

import { open } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open();
  await sandbox.ok("vm", "create", "--name", "web", "--memory", "512M", "--disk-size", "1G");
});
afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "web"]);
  await sandbox.close();
});

const stateOf = async () => (await sandbox.json<{ state: string }>("vm", "show", "web")).state;
const sh = (script: string) => sandbox.run(["vm", "exec", "web", "--", "sh", "-c", script]);

it("a guest that only says that it has halted goes on; one that has is stopped, and starts again (VM-8)", async () => {
  expect((await sh("echo 'reboot: System halted' > /dev/console; sleep 3; echo on")).stdout.toString()).toBe(
    "on\n",
  );
  // No init is asked, and the CPUs stand still with the VMM still there; under Firecracker after the second, too.
  for (const end of ["halt -f -f", "echo kept > /root/file; sync; poweroff -f -f"]) {
    const left = sandbox.start(["vm", "exec", "web", "--", "sh", "-c", end]);
    await eventually(async () => (await stateOf()) === "stopped", "the halted VM to be stopped");
    expect((await left.finished).status).not.toBe(0);
    await sandbox.ok("vm", "start", "web");
  }
  expect((await sh("cat /root/file")).stdout.toString()).toBe("kept\n");
});

/** Whether an ext4 has no journal that is to be replayed: no INCOMPAT_RECOVER in s_feature_incompat (fs/ext4/ext4.h). */
async function isClean(disk: string): Promise<boolean> {
  const file = await open(disk);
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(4), position: 1024 + 0x60 });
    return (buffer.readUInt32LE() & 0x4) === 0;
  } finally {
    await file.close();
  }
}

it("nothing of ours keeps the work disk from being unmounted, so that a stop leaves it clean (VM-8)", async () => {
  const { id } = await sandbox.json<{ id: string }>("vm", "show", "web");
  const disk = path.join(sandbox.state, "vms", id, "work.img");
  expect(await isClean(disk)).toBe(false);
  const unmount = await sandbox.run(["vm", "exec", "--workdir", "/", "web", "--", "umount", "/root"]);
  expect(unmount.stderr).toBe("");
  expect(await isClean(disk)).toBe(true);
});

it("a guest whose init has hardly begun is shut down by it all the same, and not by force (VM-7)", async () => {
  const starts = 3;
  for (let start = 0; start < starts; start += 1) {
    await sandbox.ok("vm", "start", "web");
    await sandbox.ok("vm", "stop", "web");
  }
  // On a busy host an init may take longer than its grace; one that was never asked takes it every time.
  const forced = (await sandbox.ok("vm", "logs", "web")).split("took too long").length - 1;
  expect(forced).toBeLessThan(starts);
});

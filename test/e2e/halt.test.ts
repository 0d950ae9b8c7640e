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

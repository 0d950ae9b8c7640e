import { readFileSync, truncateSync } from "node:fs";
import { statfs } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { VmDetails } from "../../src/rpc/contract.ts";
import { mountXfs } from "../support/xfs.ts";
import { eventually, mustRun } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

const MIB = 2 ** 20;
const NAME = "snap";
let disk: { directory: string; close(): Promise<void> };
let sandbox: Sandbox;

beforeEach(async (context) => {
  if (!/\bdevice-mapper$/m.test(readFileSync("/proc/misc", "utf8"))) {
    context.skip("the kernel has no device-mapper");
  }
  // A filesystem of its own, so that it can be filled.
  disk = await mountXfs("3G");
  sandbox = await Sandbox.open({ config: 'storage = "dm-snapshot"\n', parent: disk.directory });
  return async () => {
    await sandbox.close();
    await disk.close();
  };
});

const exec = (script: string) => sandbox.run(["vm", "exec", NAME, "--", "sh", "-c", script]);
const show = () => sandbox.json<VmDetails>("vm", "show", NAME);

/** Writes more than there is room for, which the guest is told, and not only in its log. */
async function fillRoot(): Promise<void> {
  const done = await exec("yes | head -c 80M > /fill && sync -f /fill");
  expect(done.status).not.toBe(0);
}

async function goneWhole(): Promise<void> {
  await sandbox.ok("vm", "rm", "--force", NAME);
  const { vms, loops, deviceMapper, processes } = await sandbox.inventory();
  expect({ vms, loops, deviceMapper, daemons: processes.length }).toEqual({
    vms: [],
    loops: [],
    deviceMapper: [],
    daemons: 1,
  });
}

describe("a root disk with no room for changes (DSK-3, VM-7)", () => {
  it("a full COW file: the guest's writes fail, what is there can be read, and all say why", async () => {
    await sandbox.ok("vm", "create", "--no-start", "--name", NAME, "--memory", "512M");
    const { directory } = await show();
    truncateSync(path.join(directory, "root.img"), 64 * MIB); // by hand: as made, it has room for all
    await sandbox.ok("vm", "start", NAME);
    await exec("echo kept > /opt/mark; sync");
    await fillRoot();
    expect((await show()).rootDisk).toMatchObject({ invalid: false, note: expect.stringMatching(/no room/) });
    expect(await sandbox.ok("vm", "stats", NAME)).toMatch(/snap: root disk: no room for changes is left/);
    expect((await exec("cat /opt/mark")).stdout.toString()).toBe("kept\n");
    await eventually(async () => /root disk: no room/.test(await sandbox.daemonLog()), "the log says it");
    await sandbox.ok("vm", "kill", NAME);
    await goneWhole();
  });

  it("a full filesystem below it: the root is lost, all say so, and stop, start and delete answer", async () => {
    await sandbox.ok("vm", "create", "--name", NAME, "--memory", "512M");
    const { bavail, bsize } = await statfs(disk.directory);
    const filler = path.join(disk.directory, "filler");
    await mustRun("fallocate", ["-l", String(bavail * bsize - 24 * MIB), filler]);
    expect((await show()).rootDisk).toMatchObject({ note: expect.stringMatching(/left on the host/) });
    await fillRoot();
    expect((await show()).rootDisk).toMatchObject({ invalid: true, note: expect.stringMatching(/lost/) });
    expect(await sandbox.ok("vm", "stats", NAME)).toMatch(
      /INVALID[\s\S]*snap: root disk: its changes are lost/,
    );
    await sandbox.ok("vm", "stop", "--timeout", "5s", NAME);
    expect((await show()).rootDisk).toMatchObject({ invalid: true });
    const refused = await sandbox.run(["vm", "start", NAME]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(/root disk .* is lost|no space left for a VM/);
    await goneWhole();
  });
});

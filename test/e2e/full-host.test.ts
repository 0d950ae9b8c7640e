import { rm, statfs } from "node:fs/promises";
import path from "node:path";
import { beforeEach, expect, it } from "vitest";
import type { DoctorReport } from "../../src/domain/doctor.ts";
import type { VmDetails } from "../../src/rpc/contract.ts";
import { mountXfs } from "../support/xfs.ts";
import { eventually, mustRun } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

const MIB = 2 ** 20;
const NAME = "small";
let disk: { directory: string; close(): Promise<void> };
let sandbox: Sandbox;

beforeEach(async () => {
  // A filesystem of its own, so that it can be filled.
  disk = await mountXfs("3G");
  sandbox = await Sandbox.open({ parent: disk.directory });
  return async () => {
    await sandbox.close();
    await disk.close();
  };
});

const exec = (script: string) => sandbox.run(["vm", "exec", NAME, "--", "sh", "-c", script]);
const show = () => sandbox.json<VmDetails>("vm", "show", NAME);
const filler = () => path.join(disk.directory, "filler");
const fill = async (leaveMib: number) => {
  const { bavail, bsize } = await statfs(disk.directory);
  await mustRun("fallocate", ["-l", String(bavail * bsize - leaveMib * MIB), filler()]);
};
/** Writes more than the host has, which the guest is told, and not only in its log: by fsync(2), since syncfs(2) of an overlay tells nobody. */
const writeMuch = () => exec("yes | head -c 80M > /fill && sync /fill");

it.each(["overlay", "reflink"] as const)(
  "a full filesystem under a root disk (%s): the guest's writes fail, it goes on, and all say why (DSK-3, VM-7)",
  async (storage) => {
    await sandbox.configure(`storage = "${storage}"\n`);
    await sandbox.ok("vm", "create", "--name", NAME, "--memory", "512M");
    expect((await exec("echo kept > /opt/mark; sync")).status).toBe(0);
    await fill(24);
    const note = /left on the host's filesystem: what the guest writes fails when that is full/;
    expect((await show()).rootDisk).toMatchObject({ invalid: false, note: expect.stringMatching(note) });
    expect(await sandbox.ok("vm", "stats", NAME)).toMatch(/small: root disk: .* left on the host/);
    const { checks } = JSON.parse(
      (await sandbox.run(["doctor", "--json"])).stdout.toString(),
    ) as DoctorReport;
    expect(checks.find(({ id }) => id === "root-disks")).toMatchObject({
      status: "warn",
      details: [expect.stringMatching(note)],
      next: expect.stringMatching(/^free space .*, for small$/),
    });
    await eventually(async () => note.test(await sandbox.daemonLog()), "the log says it");

    const written = await writeMuch();
    expect(written.status).not.toBe(0);
    expect(written.stderr).toMatch(/Input\/output error|No space left on device|Read-only file system/);
    expect((await exec("cat /opt/mark")).stdout.toString()).toBe("kept\n");
    await sandbox.ok("vm", "stop", "--timeout", "10s", NAME);
    const refused = await sandbox.run(["vm", "start", NAME]);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("no space left for a VM")]);

    await rm(filler());
    await sandbox.ok("vm", "start", NAME);
    expect((await exec("cat /opt/mark; rm -f /fill")).stdout.toString()).toBe("kept\n");
    expect((await show()).rootDisk).toMatchObject({ note: null });
    await fill(24);
    await writeMuch();
    await sandbox.ok("vm", "rm", "--force", NAME);
    const { vms, loops, processes } = await sandbox.inventory();
    // The one loop is this test's own.
    expect({ vms, daemons: processes.length }).toEqual({ vms: [], daemons: 1 });
    expect(loops.filter((loop) => !loop.includes("image"))).toEqual([]);
  },
);

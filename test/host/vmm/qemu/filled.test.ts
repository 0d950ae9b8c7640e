import { readdir, readlink, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProcessRef } from "../../../../src/host/host-ops.ts";
import { BangerError } from "../../../../src/shared/errors.ts";
import { Bench } from "./bench.ts";
import { tinyGuest } from "./tiny-guest.ts";

const FULL = new BangerError("ERR_NO_SPACE", "the config disk does not fit", { next: "make room" });

let bench: Bench;
let filled: PromiseWithResolvers<void>;
let start: Promise<ProcessRef>;

/** Of the disks of the VMM that was spawned. */
async function openDisks(): Promise<string[]> {
  const [vmm] = await bench.processes();
  const directory = `/proc/${vmm?.pid}/fd`;
  const targets = await Promise.all((await readdir(directory)).map((fd) => readlink(`${directory}/${fd}`)));
  return targets.filter((target) => target.endsWith(".img")).sort();
}

/** Until QEMU has made the first socket: it waits there. */
async function untilItWaits(): Promise<void> {
  const console = path.join(bench.machine.runtime, "console.sock");
  while (!(await stat(console).catch(() => null))?.isSocket())
    await new Promise((resolve) => setTimeout(resolve, 5));
}

beforeEach(async () => {
  bench = await Bench.open();
  await writeFile(bench.machine.kernel, tinyGuest("a line\n", "hang"));
  await writeFile(bench.machine.initramfs, "");
  filled = Promise.withResolvers();
  start = bench.vmm.start({ ...bench.machine, filled: filled.promise });
  start.catch(() => undefined);
  await untilItWaits();
});
afterEach(() => bench?.close());

describe("a machine whose disks are not filled yet", () => {
  it("is spawned, and opens none of them until they are", async () => {
    expect(await openDisks()).toEqual([]);
    filled.resolve();
    await start;
    expect(await openDisks()).toEqual(["/config.img", "/root.img", "/work.img"]);
  });

  it("is ended when they cannot be, with that reason, and leaves nothing", async () => {
    filled.reject(FULL);
    await expect(start).rejects.toBe(FULL);
    expect(await bench.processes()).toEqual([]);
    expect(await readdir(bench.machine.runtime)).toEqual([]);
  });

  it("is told so, too, when that was before it was spawned and the disk is gone", async () => {
    filled.resolve();
    await bench.vmm.kill(await start);
    await rm(bench.machine.disks.config.path);
    const failed = Promise.reject(FULL);
    failed.catch(() => undefined);
    await expect(bench.vmm.start({ ...bench.machine, filled: failed })).rejects.toBe(FULL);
    expect(await bench.processes()).toEqual([]);
  });
});

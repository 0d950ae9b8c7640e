import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { DiskOps } from "../../../src/storage/clone-disk.ts";
import { CopyDriver } from "../../../src/storage/root-disks.ts";
import { SpareCopies } from "../../../src/storage/spare-copy.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "bgr-root-disks-"));
});

afterEach(() => rm(directory, { recursive: true }));

it("asks every create for a copy's room, also where a spare lies ready: one of many gets it (DSK-2, VM-15)", async () => {
  const rootfs = path.join(directory, "rootfs.ext4");
  for (const file of [rootfs, `${rootfs}.spare`]) await writeFile(file, Buffer.alloc(65_536, "image"));
  const ops = {} as DiskOps; // nothing is made here
  const spares = new SpareCopies({ clone: ops.clone, logger: { warn: () => undefined } });
  const driver = new CopyDriver(ops, spares);

  const asked = await Promise.all([1, 2, 3].map(() => driver.spaceNeeded({ rootfs })));

  const room = (await stat(rootfs)).blocks * 512;
  expect(room).toBeGreaterThan(0);
  expect(asked).toEqual([room, room, room]);
});

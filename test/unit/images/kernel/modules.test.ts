import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import zlib from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packModules } from "../../../../src/images/kernel/modules.ts";
import { moduleElf } from "./module-elf.ts";

let tree: string;
beforeEach(async () => {
  tree = await mkdtemp(join(tmpdir(), "modules-"));
});
afterEach(() => rm(tree, { recursive: true, force: true }));

async function put(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(join(tree, path, ".."), { recursive: true });
  await writeFile(join(tree, path), data);
}

test("modules are unpacked, named as the order names them, and builtin ones left out", async () => {
  const mmio = moduleElf("depends=virtio\0");
  await put("kernel/virtio/virtio_mmio.ko.gz", zlib.gzipSync(mmio));
  await put("kernel/virtio/virtio.ko", moduleElf("depends=\0"));
  await put("kernel/hw/virtio-rng.ko.xz", "packed");
  await put(
    "modules.builtin",
    ["blk", "console", "net"].map((name) => `kernel/drivers/virtio-${name}.ko\n`).join("") +
      "kernel/fs/ext4/ext4.ko\n",
  );
  const archive = await packModules(tree, { xz: async () => moduleElf("depends=virtio\0") });
  const text = archive.toString("latin1");
  expect(text).toContain("virtio.ko\nvirtio_mmio.ko\nlate virtio_rng.ko\n");
  expect(text).toContain("modules/virtio_rng.ko\0");
  expect(archive.includes(mmio)).toBe(true);
});

test("a kernel with everything built in gets an archive without /modules", async () => {
  const names = ["virtio_mmio", "virtio_blk", "virtio_console", "virtio_net", "ext4"];
  await put("modules.builtin", names.map((name) => `kernel/${name}.ko\n`).join(""));
  const archive = await packModules(tree, { xz: () => Promise.reject(new Error("unexpected")) });
  expect(archive.includes("modules")).toBe(false);
  expect(archive.includes("TRAILER!!!")).toBe(true);
});

test("a kernel without virtio cannot be used", async () => {
  await put("modules.builtin", "kernel/fs/ext4/ext4.ko\n");
  await expect(packModules(tree, { xz: async (data) => data })).rejects.toMatchObject({
    code: "ERR_KERNEL_UNSUITABLE",
  });
});

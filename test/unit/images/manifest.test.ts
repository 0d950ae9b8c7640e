import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type ImageManifest,
  type KernelManifest,
  readImageManifest,
  readKernelManifest,
  writeManifest,
} from "../../../src/images/manifest.ts";

const kernel: KernelManifest = {
  name: "debian-cloud-6.1",
  distro: "debian",
  arch: "amd64",
  version: "6.1.0-1-cloud-amd64",
  sha256: "a".repeat(64),
  source: "debian bookworm linux-image-cloud-amd64",
  overlay: true,
  imported_at: "2030-01-02T03:04:05.678Z",
};
const image: ImageManifest = {
  version: 1,
  name: "debian-bookworm",
  distro: "debian",
  arch: "amd64",
  kernel: "debian-cloud-6.1",
  source: { type: "debian", suite: "bookworm" },
  packages: [{ name: "git", version: "1:2.39" }],
  rootfsBytes: 939524096,
  contentBytes: 224657920,
  rootfsSha256: "b".repeat(64),
  seedBytes: 536870912,
  assembledAt: "2030-01-02T03:04:05.678Z",
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "manifest-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("what is written is read", async () => {
  await writeManifest(directory, image);
  expect(await readImageManifest(directory)).toEqual(image);
  await rm(join(directory, "manifest.json"));
  await writeManifest(directory, kernel);
  expect(await readKernelManifest(directory)).toEqual(kernel);
});

test("an invalid manifest is not even written", async () => {
  await expect(writeManifest(directory, { ...kernel, sha256: "short" })).rejects.toThrow();
  await expect(readFile(join(directory, "manifest.json"))).rejects.toThrow();
});

test("a missing and a damaged one have codes of their own", async () => {
  await expect(readImageManifest(directory)).rejects.toMatchObject({ code: "ERR_MANIFEST_MISSING" });
  for (const text of [
    "",
    "[]",
    JSON.stringify({ ...image, rootfsBytes: -1 }),
    JSON.stringify({ ...image, more: 1 }),
  ]) {
    await writeFile(join(directory, "manifest.json"), text);
    await expect(readImageManifest(directory)).rejects.toMatchObject({ code: "ERR_MANIFEST_INVALID" });
  }
});

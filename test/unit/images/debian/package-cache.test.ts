import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadedBytes, PackageCache } from "../../../../src/images/debian/package-cache.ts";

let directory: string;
let cache: PackageCache;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cache-"));
  cache = new PackageCache(join(directory, "cache"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function archives(name: string, files: string[]): Promise<string> {
  const path = join(directory, name);
  await mkdir(join(path, "partial"), { recursive: true });
  for (const file of files) await writeFile(join(path, file), file);
  return path;
}

test("what one run fetched the next one finds; what it does not use is dropped", async () => {
  expect(await cache.fill(await archives("first", []))).toBe(0);
  await cache.take(await archives("first", ["a_1.deb", "b_1.deb", "lock", "partial/c_1.deb"]), true);
  expect(await cache.fill(await archives("second", []))).toBe(2);
  expect((await readdir(join(directory, "second"))).sort()).toEqual(["a_1.deb", "b_1.deb", "partial"]);
  await cache.take(await archives("third", ["a_2.deb", "b_1.deb"]), true);
  await cache.fill(await archives("fourth", []));
  expect((await readdir(join(directory, "fourth"))).sort()).toEqual(["a_2.deb", "b_1.deb", "partial"]);
});

test("an interrupted run adds what it has whole, and drops nothing", async () => {
  await cache.take(await archives("first", ["a_1.deb"]), true);
  await cache.take(await archives("second", ["b_1.deb", "partial/c_1.deb"]), false);
  expect(await cache.fill(await archives("third", []))).toBe(2);
});

test("a cleared cache is empty", async () => {
  await cache.take(await archives("first", ["a_1.deb"]), true);
  await cache.clear();
  expect(await cache.fill(await archives("second", []))).toBe(0);
});

test("bytes count finished and unfinished downloads", async () => {
  expect(await downloadedBytes(await archives("first", ["aa.deb", "partial/bbb.deb"]))).toBe(
    "aa.deb".length + "partial/bbb.deb".length,
  );
  expect(await downloadedBytes(join(directory, "none"))).toBe(0);
});

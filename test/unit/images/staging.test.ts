import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createStaging, publishDirectory, sweepStaging } from "../../../src/images/staging.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "staging-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("what is published has its final name and mode, and no staging directory is left", async () => {
  const final = join(directory, "deeper", "image");
  const staging = await createStaging(final);
  await writeFile(join(staging, "manifest.json"), "{}");
  await publishDirectory(staging, final);
  expect(await readdir(join(directory, "deeper"))).toEqual(["image"]);
  expect(await readdir(final)).toEqual(["manifest.json"]);
  expect((await stat(final)).mode & 0o777).toBe(0o755);
});

test("of two, one wins: the other is told, and both stay whole", async () => {
  const final = join(directory, "image");
  const [first, second] = [await createStaging(final), await createStaging(final)];
  await writeFile(join(first, "a"), "");
  await writeFile(join(second, "b"), "");
  await publishDirectory(first, final);
  await expect(publishDirectory(second, final)).rejects.toMatchObject({ code: "ERR_ALREADY_EXISTS" });
  expect(await readdir(final)).toEqual(["a"]);
  expect(await readdir(second)).toEqual(["b"]);
});

test("a sweep removes staging directories with all in them, and only those", async () => {
  const staging = await createStaging(join(directory, "x"));
  await mkdir(join(staging, "tree", "deep"), { recursive: true });
  for (const name of ["x", "y.staging-", "z.staging-notours", "manifest.json"])
    await mkdir(join(directory, name));
  expect(await sweepStaging(directory)).toEqual([staging.slice(directory.length + 1)]);
  expect((await readdir(directory)).sort()).toEqual([
    "manifest.json",
    "x",
    "y.staging-",
    "z.staging-notours",
  ]);
});

test("a sweep of what is not there is nothing", async () => {
  expect(await sweepStaging(join(directory, "none"))).toEqual([]);
});

import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { xzUnpacker } from "../../../../src/images/kernel/xz.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "xz-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function pack(data: Buffer): Buffer | null {
  try {
    return execFileSync("xz", ["--check=crc32", "--stdout"], { input: data });
  } catch {
    return null;
  }
}

test("what xz packs comes back, bounded, and nothing is left behind", async (context) => {
  const data = Buffer.from("vmlinux ".repeat(1000));
  const packed = pack(data);
  if (packed === null) return context.skip("xz is not installed here");
  const { xz } = xzUnpacker(directory, { signal: new AbortController().signal, logFile: "/dev/null" });
  expect(Buffer.from(await xz(packed, data.length)).equals(data)).toBe(true);
  await expect(xz(packed, data.length - 1)).rejects.toMatchObject({ code: "ERR_KERNEL_FORMAT" });
  await expect(xz(packed.subarray(0, 100), data.length)).rejects.toMatchObject({ code: "ERR_TOOL_FAILED" });
  expect(await readdir(directory)).toEqual([]);
});

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { inNewDirectory, requireSpace, withSpaceErrors } from "../../../src/images/space.ts";
import { BangerError } from "../../../src/shared/errors.ts";
import { formatSize } from "../../../src/shared/size.ts";
import { freeBytes } from "../../../src/shared/space.ts";

test("more than there is is refused before the work, with what, where and how much", async () => {
  const needed = (await freeBytes(tmpdir())).free + 1024 ** 4;
  const checking = requireSpace(tmpdir(), needed, "the image x");
  await expect(checking).rejects.toMatchObject({ code: "ERR_NO_SPACE", details: { neededBytes: needed } });
  await expect(checking).rejects.toThrow(
    `no space left for the image x in ${tmpdir()}: it takes up to ${formatSize(needed)}, `,
  );
  await requireSpace(tmpdir(), 1, "nothing");
});

test.each(["ENOSPC", "EDQUOT"])("%s of a write becomes ERR_NO_SPACE", async (code) => {
  const cause = Object.assign(new Error("write"), { code });
  const body = () => Promise.reject(cause);
  await expect(withSpaceErrors(tmpdir(), 1000, "x", body)).rejects.toMatchObject({
    code: "ERR_NO_SPACE",
    cause,
  });
});

test("other errors pass, also a program's failure while there is room", async () => {
  for (const error of [new Error("x"), new BangerError("ERR_TOOL_FAILED", "x")]) {
    await expect(withSpaceErrors(tmpdir(), 1000, "x", () => Promise.reject(error))).rejects.toBe(error);
  }
  expect(await withSpaceErrors(tmpdir(), 1000, "x", async () => 7)).toBe(7);
});

test("a directory that could not be filled is gone, one that was stays", async () => {
  const directory = path.join(await mkdtemp(path.join(tmpdir(), "space-")), "new");
  const place = { directory, neededBytes: 1, what: "x" };
  const fill = () => writeFile(path.join(directory, "part"), "");
  const broken = inNewDirectory(place, () => fill().then(() => Promise.reject(new Error("no"))));
  await expect(broken).rejects.toThrow("no");
  expect(await readdir(path.dirname(directory))).toEqual([]);
  await inNewDirectory(place, fill);
  expect(await readdir(directory)).toEqual(["part"]);
  await rm(path.dirname(directory), { recursive: true });
});

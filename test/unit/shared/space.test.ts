import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { HostError } from "../../../src/host/host-error.ts";
import { explainFullFile, explainNoSpace, MAKE_SPACE, noSpace } from "../../../src/shared/space.ts";

const file = path.join(tmpdir(), "x.img");
const because = (code: string) => Object.assign(new Error("write"), { code });

it("a full disk is said in one way: what, where, how much as far as it is known, and what to do", () => {
  const of = (neededBytes: number | null, freeBytes: number | null) =>
    noSpace({ what: "the root disk", directory: "/s", neededBytes, freeBytes }).message;
  const begin = "no space left for the root disk in /s";
  expect([of(2 ** 30, 2 ** 20), of(null, 0), of(4096, null), of(null, null)]).toEqual([
    `${begin}: it takes up to 1G, 1M are free`,
    `${begin}: 0B are free`,
    `${begin}: it takes up to 4K`,
    begin,
  ]);
});

it.each(["ENOSPC", "EDQUOT", "SQLITE_FULL", "ERR_HOST_NO_SPACE"])("%s is one", async (code) => {
  const cause = because(code);
  const told = { code: "ERR_NO_SPACE", next: MAKE_SPACE, cause };
  expect(await explainNoSpace(cause, "a disk", file, 1)).toMatchObject({
    ...told,
    details: { what: "a disk", directory: tmpdir(), neededBytes: 1, freeBytes: expect.any(Number) },
  });
  expect(explainFullFile(cause, file)).toMatchObject({ ...told, details: { what: "x.img" } });
});

it("anything else stays what it is, and a directory that is gone hides nothing", async () => {
  const other = because("EIO");
  expect([await explainNoSpace(other, "", file, 1), explainFullFile(other, file)]).toEqual([other, other]);
  expect(await explainNoSpace(because("ENOSPC"), "a disk", "/nowhere/x", 1)).toMatchObject({
    code: "ERR_NO_SPACE",
  });
});

it.each([because("EFBIG"), new HostError({ errnoCode: "EFBIG", syscall: "ftruncate", object: file })])(
  "a size that no file can have is no want of space: %s",
  async (error) => {
    const said = { code: "ERR_FILE_TOO_LARGE", next: expect.stringMatching(/^give a smaller --disk-size/) };
    expect(await explainNoSpace(error, "the work disk", file, 1)).toMatchObject(said);
  },
);

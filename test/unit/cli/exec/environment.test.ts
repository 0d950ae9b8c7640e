import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environmentOf } from "../../../../src/cli/exec/environment.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "banger-env-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(text: string): Promise<string> {
  const name = path.join(directory, `${Math.random()}`);
  await writeFile(name, text);
  return name;
}

const host = { FROM_HOST: "here", EMPTY: "" };

describe("environment of a guest's command, as Docker reads it", () => {
  it("flags come after files, the last one counts", async () => {
    const files = [await file("A=1\nB=1\n"), await file("B=2\nC=2\n")];
    expect(await environmentOf({ files, entries: ["C=3", "C=4"] }, host)).toEqual({ A: "1", B: "2", C: "4" });
  });

  it("a bare name is the host's, or nothing", async () => {
    const files = [await file("FROM_HOST\nNOT_SET\n")];
    expect(await environmentOf({ files, entries: ["EMPTY", "NOPE"] }, host)).toEqual({
      FROM_HOST: "here",
      EMPTY: "",
    });
  });

  it("a value is taken as it is", async () => {
    const files = [await file('\ufeff# no\r\n  LEAD=x y  \r\nQ="quoted"\nHASH=a#b\n')];
    expect(await environmentOf({ files, entries: ["M=a\nb", "E="] }, host)).toEqual({
      LEAD: "x y  ",
      Q: '"quoted"',
      HASH: "a#b",
      M: "a\nb",
      E: "",
    });
  });

  it.each(["=x", "A B=1", "", "A=\0"])("--env %j is refused", async (entry) => {
    await expect(environmentOf({ files: [], entries: [entry] }, host)).rejects.toMatchObject({
      code: "ERR_USAGE",
    });
  });

  it("a bad line is named", async () => {
    const bad = await file("A=1\n=2\n");
    await expect(environmentOf({ files: [bad], entries: [] }, host)).rejects.toMatchObject({
      code: "ERR_ENV_FILE",
      message: `${bad}, line 2: not NAME=VALUE`,
    });
  });

  it("a missing file is named", async () => {
    await expect(environmentOf({ files: ["/nonexistent"], entries: [] }, host)).rejects.toMatchObject({
      code: "ERR_ENV_FILE",
    });
  });
});

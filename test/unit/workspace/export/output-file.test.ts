import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeOutput } from "../../../../src/workspace/export/output-file.ts";

let home: string;
const at = (name: string) => path.join(home, name);
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "banger-output-"));
  await writeFile(at("source"), "new");
});
afterEach(() => rm(home, { recursive: true }));

describe("--output", () => {
  it("makes a file, or takes an old one's place and mode", async () => {
    await writeFile(at("old"), "old", { mode: 0o600 });
    await writeOutput(at("source"), at("made"));
    await writeOutput(at("source"), at("old"));
    expect(await readFile(at("made"), "utf8")).toBe("new");
    expect([await readFile(at("old"), "utf8"), (await stat(at("old"))).mode & 0o777]).toEqual(["new", 0o600]);
    expect(await readdir(home)).toEqual(["made", "old", "source"]);
  });

  it("writes through a link of the user's, and into a device", async () => {
    await writeFile(at("old"), "old");
    await symlink("old", at("link"));
    await writeOutput(at("source"), at("link"));
    expect(await readFile(at("old"), "utf8")).toBe("new");
    await writeOutput(at("source"), "/dev/null");
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  it("that cannot be written is ERR_OUTPUT, and leaves what was there", async () => {
    await writeFile(at("old"), "old");
    await expect(writeOutput(at("nothing"), at("old"))).rejects.toMatchObject({ code: "ERR_OUTPUT" });
    await expect(writeOutput(at("source"), at("no/such/directory"))).rejects.toMatchObject({
      code: "ERR_OUTPUT",
    });
    await expect(writeOutput(at("source"), home)).rejects.toMatchObject({ code: "ERR_OUTPUT" });
    expect(await readFile(at("old"), "utf8")).toBe("old");
    expect(await readdir(home)).toEqual(["old", "source"]);
  });
});

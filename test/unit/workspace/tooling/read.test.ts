import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { planToolingOf } from "../../../../src/workspace/tooling/read.ts";

describe("a checkout's files", () => {
  it("are read as far as they are plain and small; the rest is a note", async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), "banger-tools-"));
    const at = (name: string) => path.join(directory, name);
    await writeFile(at("go.mod"), "module example.org/tool\n\ngo 1.22.5\n");
    await symlink("/dev/zero", at(".nvmrc"));
    await writeFile(at("package.json"), "");
    await truncate(at("package.json"), 2 ** 40);
    await mkdir(at("mise.toml"));
    execFileSync("mkfifo", [at(".python-version")]);
    const plan = await planToolingOf(directory);
    await rm(directory, { recursive: true });
    expect(plan.tools).toEqual([{ tool: "go", version: "1.22.5", file: "go.mod", wanted: null }]);
    expect(plan.notes.map((each) => each.split(":")[0])).toEqual([
      "mise.toml",
      ".nvmrc",
      ".python-version",
      "package.json",
    ]);
  });

  it("need not be there", async () => {
    expect(await planToolingOf("/nonexistent")).toEqual({ tools: [], notes: [] });
  });
});

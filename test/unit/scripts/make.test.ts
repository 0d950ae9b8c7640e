import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeLauncher } from "../../../scripts/make/launcher.ts";
import { buildTuple } from "../../../scripts/make/tuple.ts";

let top = "";
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), "banger-make-"));
});
afterEach(() => rmSync(top, { recursive: true }));

function put(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(top, name)), { recursive: true });
  writeFileSync(path.join(top, name), text);
}

describe("the build tuple", () => {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], {
      cwd: top,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });

  function checkout(): void {
    for (const room of ["src", "native", "agent", "catalog"]) put(`${room}/a`, room);
    put("package.json", '{ "version": "1.2.3" }');
    put("package-lock.json", "{}");
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "all", "--date=2026-01-02T03:04:05Z");
  }

  it("of a clean checkout is the commit that last touched the sources", () => {
    checkout();
    const first = buildTuple(top);
    expect(first).toMatchObject({
      version: "1.2.3",
      commit: git("log", "-1", "--format=%h", "--abbrev=12").trim(),
    });
    put("docs/x.md", "x");
    git("add", ".");
    git("commit", "-qm", "docs");
    expect(buildTuple(top)).toEqual(first);
  });

  it("of changed sources follows their contents and newest time, and nothing else", () => {
    checkout();
    const clean = buildTuple(top);
    put("src/b", "new");
    utimesSync(path.join(top, "src/b"), 1_800_000_000, 1_800_000_000);
    const changed = buildTuple(top);
    expect(changed.commit).toMatch(new RegExp(`^${clean.commit}-[0-9a-f]{8}$`));
    expect(changed.time).toBe("2027-01-15T08:00:00Z");
    expect(buildTuple(top)).toEqual(changed);
    put("src/b", "newer");
    expect(buildTuple(top).commit).not.toBe(changed.commit);
    rmSync(path.join(top, "src/b"));
    expect(buildTuple(top)).toEqual(clean);
  });

  it("without git is a digest of the sources", () => {
    checkout();
    rmSync(path.join(top, ".git"), { recursive: true });
    const one = buildTuple(top).commit;
    expect(one).toMatch(/^sources-[0-9a-f]{8}$/);
    put("native/a", "other");
    expect(buildTuple(top).commit).not.toBe(one);
  });
});

describe("the launcher", () => {
  const run = (program: string, env: NodeJS.ProcessEnv = {}, cwd = "/") =>
    execFileSync(program, ["a b", "$c"], {
      encoding: "utf8",
      cwd,
      env: { PATH: "/usr/bin:/bin", ...env },
    }).trim();

  function fakeNode(name: string, says: string): void {
    put(name, `#!/bin/sh\necho ${says} "$@"\n`);
    chmodSync(path.join(top, name), 0o755);
  }

  it("takes the toolchain's Node, from wherever it is called and moved", () => {
    makeLauncher(top, "banger", "banger.cjs");
    fakeNode("build/toolchain/bin/node", "ours");
    const here = path.join(top, "build/bin");
    expect(run(path.join(here, "banger"))).toBe(`ours -- ${here}/../lib/banger.cjs a b $c`);
    expect(run("./banger", {}, here)).toBe("ours -- ./../lib/banger.cjs a b $c");
    symlinkSync(path.join(here, "banger"), path.join(top, "link"));
    expect(run(path.join(top, "link"))).toBe(`ours -- ${here}/../lib/banger.cjs a b $c`);
    renameSync(path.join(top, "build"), path.join(top, "moved"));
    expect(run(path.join(top, "moved/bin/banger"))).toContain("/moved/bin/../lib/banger.cjs");
  });

  it("takes PATH's without one, as in the npm package", () => {
    makeLauncher(top, "bangerd", "bangerd.js");
    fakeNode("other/node", "theirs");
    const program = path.join(top, "build/bin/bangerd");
    expect(run(program, { PATH: `${top}/other:/usr/bin:/bin` })).toBe(
      `theirs -- ${top}/build/bin/../lib/bangerd.js a b $c`,
    );
  });
});

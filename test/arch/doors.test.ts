import { describe, expect, it } from "vitest";
import {
  addonOutsideHost,
  nodeBelowNapi,
  processStarts,
  rootOutsideHost,
  sqlOutsideState,
} from "./rules/doors.ts";
import { fileMap, projectFiles } from "./support/tree.ts";

const files = projectFiles();

describe("one door for each power", () => {
  const rules = { processStarts, sqlOutsideState, addonOutsideHost, rootOutsideHost, nodeBelowNapi };

  it.each(Object.entries(rules))("%s holds in this tree", (_, rule) => {
    expect(rule(files)).toEqual([]);
  });

  it.each([
    [processStarts, 'import { spawn } from "node:child_process";'],
    [processStarts, 'const { spawn } = await import("child_process");'],
    [sqlOutsideState, 'import type Database from "better-sqlite3";'],
    [sqlOutsideState, 'import { DatabaseSync } from "node:sqlite";'],
    [sqlOutsideState, 'run("SELECT id FROM vms");'],
    [sqlOutsideState, "run(`UPDATE vms SET name = ?`);"],
    [addonOutsideHost, 'import { createRequire } from "node:module";'],
    [addonOutsideHost, 'process.dlopen(module, "x");'],
    [addonOutsideHost, 'const file = "build/native/banger.node";'],
    [rootOutsideHost, 'import { chown } from "node:fs/promises";'],
    [rootOutsideHost, 'import * as fs from "node:fs"; fs.lchownSync("a", 0, 0);'],
    [rootOutsideHost, "await handle.chown(0, 0);"],
    [rootOutsideHost, "process.setuid(0);"],
  ])("%s sees %s", (rule, text) => {
    for (const room of ["services", "cli", "daemon"]) {
      expect(rule(fileMap({ [`src/${room}/x.ts`]: text }))).not.toEqual([]);
    }
  });

  it("leaves the doors themselves open", () => {
    const spawn = 'import { spawn } from "node:child_process";';
    expect(
      processStarts(fileMap({ "src/images/tool.ts": spawn, "src/cli/daemon-process.ts": spawn })),
    ).toEqual([]);
    expect(sqlOutsideState(fileMap({ "src/state/x.ts": 'import D from "better-sqlite3";' }))).toEqual([]);
    expect(rootOutsideHost(fileMap({ "src/storage/x.ts": "await this.#ops.file.chown(a, 0, 0);" }))).toEqual(
      [],
    );
    expect(rootOutsideHost(fileMap({ "src/host/linux/x.ts": "process.setuid(0);" }))).toEqual([]);
  });

  it("sees Node's headers below napi/", () => {
    const text = "#include <napi.h>\n";
    expect(nodeBelowNapi(fileMap({ "native/src/loop/x.cc": text, "native/src/napi/x.cc": text }))).toEqual([
      "native/src/loop/x.cc includes Node's headers",
    ]);
  });
});

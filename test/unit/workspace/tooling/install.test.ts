import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenExec } from "../../../../src/workspace/guest.ts";
import { installTools } from "../../../../src/workspace/tooling/install.ts";
import { newTold, openGuest } from "../../../host/cli/support/guest.ts";

const TOOLS = {
  tools: [
    { tool: "node", version: "20", file: "package.json", wanted: "^20.1.0" },
    { tool: "go", version: "1.22.1", file: "go.mod", wanted: null },
  ],
};
const never = new AbortController().signal;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "banger-tools-"));
  mkdirSync(path.join(directory, "bin"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A guest whose PATH has sh, and the program mise that is given. */
function guestWith(mise: string | null): OpenExec {
  const bin = path.join(directory, "bin");
  if (mise !== null) {
    writeFileSync(path.join(bin, "mise"), `#!/bin/sh\n${mise}\n`);
    chmodSync(path.join(bin, "mise"), 0o755);
  }
  return async () => openGuest(newTold(), { PATH: mise === null ? "/usr/bin:/bin" : `${bin}:/usr/bin:/bin` });
}

describe("tools in a guest (RUN-6)", () => {
  it("are asked of mise all at once, for every directory", async () => {
    const asked = path.join(directory, "asked");
    expect(await installTools(guestWith(`pwd >${asked}; echo "$@" >>${asked}`), TOOLS, never)).toEqual([]);
    expect(readFileSync(asked, "utf8")).toBe("/\nuse --global --yes node@20 go@1.22.1\n");
  });

  it("are named when the image has no mise", async () => {
    expect(await installTools(guestWith(null), TOOLS, never)).toEqual([
      "tools are not prepared, the image has no mise: node 20, go 1.22.1",
    ]);
  });

  it("are named with mise's last words when it fails, as without a network", async () => {
    const failing = "echo first >&2; echo 'mise ERROR no network' >&2; exit 1";
    expect(await installTools(guestWith(failing), TOOLS, never)).toEqual([
      "tools are not prepared, mise ended with 1: mise ERROR no network: node 20, go 1.22.1",
    ]);
  });

  it("are given up at a Ctrl-C, and only then is that an error", async () => {
    const abort = new AbortController();
    const installing = installTools(guestWith("exec sleep 600"), TOOLS, abort.signal);
    abort.abort(new Error("interrupted"));
    await expect(installing).rejects.toThrow("interrupted");
    const broken: OpenExec = () => Promise.reject(new Error("the VM is gone"));
    expect(await installTools(broken, TOOLS, never)).toEqual([
      "tools are not prepared, the VM is gone: node 20, go 1.22.1",
    ]);
  });

  it("none: nothing is asked", async () => {
    const broken: OpenExec = () => Promise.reject(new Error("asked"));
    expect(await installTools(broken, { tools: [] }, never)).toEqual([]);
  });
});

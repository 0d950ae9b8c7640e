import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addonFiles } from "../../../../src/host/linux/addon-file.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "banger-addon-"));
});
afterEach(() => rmSync(root, { recursive: true }));

describe("where the addon may be", () => {
  it("is the build, in a checkout", () => {
    expect(addonFiles(root)).toEqual([path.join(root, "build/native/banger.node")]);
  });

  it("is first what was prebuilt for this system, whatever its libc", () => {
    const prebuilds = path.join(root, "prebuilds");
    const ours = path.join(prebuilds, `${process.platform}-${process.arch}`);
    const others = path.join(prebuilds, "linux-mips");
    for (const directory of [ours, others]) {
      mkdirSync(directory, { recursive: true });
      for (const name of ["banger-vm.musl.node", "banger-vm.glibc.node", "README"]) {
        writeFileSync(path.join(directory, name), "");
      }
    }
    expect(addonFiles(root).map((file) => path.relative(root, file))).toEqual([
      path.relative(root, path.join(ours, "banger-vm.glibc.node")),
      path.relative(root, path.join(ours, "banger-vm.musl.node")),
      "build/native/banger.node",
    ]);
  });
});

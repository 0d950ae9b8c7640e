import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addonFiles, withoutAddon } from "../../../../src/host/linux/addon-file.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "banger-addon-"));
});
afterEach(() => rmSync(root, { recursive: true }));

describe("where the addon may be", () => {
  it("is the build, in a checkout", () => {
    expect(addonFiles(root)).toEqual([path.join(root, "build/native/banger.node")]);
  });

  it("is what was compiled here, then what was prebuilt for this system, whatever its libc", () => {
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
      "build/native/banger.node",
      path.relative(root, path.join(ours, "banger-vm.glibc.node")),
      path.relative(root, path.join(ours, "banger-vm.musl.node")),
    ]);
  });
});

describe("without an addon", () => {
  const linux = { platform: "linux", arch: "x64" } as const;

  it("a checkout is built", () => {
    writeFileSync(path.join(root, "Makefile"), "");
    expect(withoutAddon(root, linux).next).toBe("compile it with `make build`");
  });

  it("an installed package names what it has, and the one command that compiles", () => {
    expect(withoutAddon(root, linux).detail).toContain("linux-x64 (none at all)");
    mkdirSync(path.join(root, "prebuilds/linux-arm64"), { recursive: true });
    const { detail, next } = withoutAddon(root, linux);
    expect(detail).toContain("linux-x64 (only linux-arm64)");
    expect(next).toContain(`\`cd ${root} && npx --yes cmake-js@8 compile `);
    expect(withoutAddon("/o'er there", linux).next).toContain(`cd '/o'\\''er there' && `);
  });

  it("no other system has one", () => {
    expect(withoutAddon(root, { platform: "darwin", arch: "arm64" }).next).toMatch(/^use it on Linux/);
  });
});

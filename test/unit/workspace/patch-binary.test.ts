import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { PatchEntry } from "../../../src/workspace/patch/entry.ts";
import { PATCH_LIMITS } from "../../../src/workspace/patch/limits.ts";
import { PatchReader } from "../../../src/workspace/patch/reader.ts";
import { CLEAN } from "./support/harness.ts";

const OIDS = `index ${"1".repeat(40)}..${"2".repeat(40)} 100644`;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/** Lines of a block, as git encodes zlib's data. */
function base85(data: Buffer): string[] {
  const lines = [];
  for (let at = 0; at < data.length; at += 52) {
    const part = data.subarray(at, at + 52);
    const letter = String.fromCharCode(part.length <= 26 ? 64 + part.length : 70 + part.length);
    let line = letter;
    for (let four = 0; four < part.length; four += 4) {
      let value = Buffer.concat([part.subarray(four, four + 4), Buffer.alloc(4)]).readUInt32BE(0);
      let digits = "";
      for (let digit = 0; digit < 5; digit += 1) {
        digits = ALPHABET.charAt(value % 85) + digits;
        value = Math.floor(value / 85);
      }
      line += digits;
    }
    lines.push(line);
  }
  return lines;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function binaryPatch(name: string, head: string, content: Buffer): string {
  const back = base85(deflateSync(Buffer.from("a\n")));
  const blocks = [head, ...base85(content), "", "literal 2", ...back, ""];
  return [`diff --git a/${name} b/${name}`, OIDS, "GIT binary patch", ...blocks, ""].join("\n");
}

/** Of a file of 5 bytes it makes one of `result`, by one instruction that may be as short as it likes. */
const delta = (result: number) => Buffer.from([...varint(5), ...varint(result), 0x90, 5]);

function read(patch: string, limits: Partial<typeof PATCH_LIMITS> = {}): readonly PatchEntry[] {
  const reader = new PatchReader({ ...PATCH_LIMITS, ...limits });
  reader.push(Buffer.from(patch, "latin1"));
  return reader.end();
}

const TOO_LARGE = expect.objectContaining({ code: "ERR_WORKSPACE_PATCH_TOO_LARGE" });
const REFUSED = expect.objectContaining({ code: "ERR_WORKSPACE_PATCH" });

describe("binary content in a guest's patch, which git would unpack in memory", () => {
  it("is taken as git writes it: literals and deltas", () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), "banger-binary-"));
    try {
      const git = (...args: string[]) =>
        execFileSync("git", args, { cwd: directory, env: CLEAN, maxBuffer: 2 ** 26 });
      git("init", "-q", ".");
      const content = randomBytes(100_000);
      writeFileSync(path.join(directory, "changed"), content);
      writeFileSync(path.join(directory, "replaced"), content);
      git("add", "-A");
      const before = git("write-tree").toString().trim();
      content[50_000] = (content[50_000] ?? 0) ^ 0xff;
      writeFileSync(path.join(directory, "changed"), content);
      writeFileSync(path.join(directory, "replaced"), randomBytes(100_000));
      git("add", "-A");
      const after = git("write-tree").toString().trim();
      const patch = git("diff-tree", "-p", "--binary", "--full-index", before, after).toString("latin1");
      expect(patch).toMatch(/^delta /m);
      expect(patch).toMatch(/^literal 100000$/m);
      expect(read(patch)).toMatchObject([{ path: "changed", binary: true }, { path: "replaced" }]);
      // Both ways of `replaced`, and both of `changed`, by what they make.
      expect(() => read(patch, { contentBytes: 390_000 })).toThrow(TOO_LARGE);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("is not when it would be more than its limit: a literal, a delta of a few bytes, many of either", () => {
    const small = (name: string) => binaryPatch(name, "delta 4", deflateSync(delta(5)));
    expect(read(small("a") + small("b"))).toHaveLength(2);
    const literal = binaryPatch("a", "literal 3000000000", deflateSync(Buffer.alloc(9)));
    expect(() => read(literal)).toThrow(TOO_LARGE);
    const bomb = deflateSync(delta(3e9));
    expect(() => read(binaryPatch("a", `delta ${delta(3e9).length}`, bomb))).toThrow(TOO_LARGE);
    const half = (name: string) => binaryPatch(name, "delta 9", deflateSync(delta(1.2e9)));
    expect(read(half("a"))).toHaveLength(1);
    expect(() => read(half("a") + half("b"))).toThrow(TOO_LARGE);
  });

  it("is not when it does not say what it makes", () => {
    expect(() => read(binaryPatch("a", "delta 4", Buffer.from("no zlib")))).toThrow(REFUSED);
    expect(() => read(binaryPatch("a", "delta 1", deflateSync(Buffer.from([5]))))).toThrow(REFUSED);
    expect(() => read(binaryPatch("a", "delta 99", deflateSync(Buffer.alloc(99, 0xff))))).toThrow(REFUSED);
    // Blocks of nothing, one after another, before the first byte.
    const stored = Buffer.concat(Array.from({ length: 2000 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])));
    const late = Buffer.concat([Buffer.from([0x78, 0x9c]), stored]);
    expect(() => read(binaryPatch("a", "delta 9", late))).toThrow(REFUSED);
  });
});

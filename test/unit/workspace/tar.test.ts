import { execFileSync } from "node:child_process";
import { mkdtempSync, readlinkSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { padding, tarEnd, tarHeader } from "../../../src/workspace/tar.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "banger-tar-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = (name: string, content = "") => {
  const bytes = Buffer.from(content);
  const header = { path: name, kind: "file", mode: 0o640, size: bytes.length, mtime: 1_700_000_000 } as const;
  return Buffer.concat([tarHeader(header), bytes, padding(bytes.length)]);
};
const unpack = (...members: Buffer[]) =>
  execFileSync("tar", ["-x", "-f", "-", "-C", directory], { input: Buffer.concat([...members, tarEnd()]) });

describe("the archive, as GNU tar reads it", () => {
  it("names of any bytes and any length, modes and times", () => {
    const names = [
      "plain",
      "sp ace\n\xff\xfe",
      "y".repeat(100),
      "z".repeat(101),
      `${"d".repeat(200)}/${"e".repeat(250)}`,
    ];
    unpack(...names.map((name) => file(name, `in ${name.length}`)));
    const found = execFileSync("find", [directory, "-type", "f", "-printf", "%P\\0"]).toString("latin1");
    expect(found.split("\0").slice(0, -1).sort()).toEqual([...names].sort());
    const { mode, mtimeMs } = statSync(path.join(directory, "plain"));
    expect([mode & 0o777, mtimeMs]).toEqual([0o640, 1_700_000_000_000]);
  });

  it("links with targets of any bytes and length", () => {
    const targets = ["a", "\xff\xfe", "t".repeat(100), `${"t".repeat(101)}`, "/x".repeat(1000)];
    const members = targets.map((target, index) =>
      tarHeader({
        path: `l${index}`,
        kind: "link",
        mode: 0o777,
        size: 0,
        mtime: 0,
        target: Buffer.from(target, "latin1"),
      }),
    );
    unpack(...members);
    const read = targets.map((_, index) => readlinkSync(path.join(directory, `l${index}`), "latin1"));
    expect(read).toEqual(targets);
  });

  it.each([2 ** 32 + 5, 8 ** 11 - 1, 8 ** 11, 2 ** 40])("a file of %d bytes", (size) => {
    const header = tarHeader({ path: "huge", kind: "file", mode: 0o644, size, mtime: 0 });
    // tar lists the member before it misses its content.
    const script = 'tar -t -v -f "$1" 2>/dev/null; true';
    const archive = path.join(directory, "huge.tar");
    execFileSync("sh", ["-c", 'cat > "$1"', "sh", archive], { input: header });
    expect(execFileSync("sh", ["-c", script, "sh", archive]).toString()).toContain(` ${size} `);
  });
});

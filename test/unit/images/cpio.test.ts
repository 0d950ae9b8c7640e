import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { S_IFCHR, S_IFDIR, S_IFREG, writeCpio } from "../../../src/images/cpio.ts";

const entries = [
  { path: "dev", mode: S_IFDIR | 0o755 },
  { path: "dev/console", mode: S_IFCHR | 0o600, device: { major: 5, minor: 1 } },
  { path: "init", mode: S_IFREG | 0o755, data: Buffer.from("12345") },
];

test("the bytes of a small archive", () => {
  const archive = writeCpio([{ path: "a", mode: S_IFREG | 0o644, data: Buffer.from("x") }]);
  const first =
    "070701" + // magic
    "00000001" + // inode
    "000081a4" + // mode
    "00000000".repeat(2) + // owner
    "00000001" + // links
    "00000000" + // mtime
    "00000001" + // size
    "00000000".repeat(4) + // devices
    "00000002" + // name with its zero
    "00000000"; // checksum, unused
  expect(archive.subarray(0, 110).toString("latin1")).toBe(first);
  expect(archive.subarray(110, 112).toString("latin1")).toBe("a\0");
  expect(archive.subarray(112, 116)).toEqual(Buffer.from("x\0\0\0"));
  expect(archive.subarray(116 + 110, 116 + 110 + 10).toString()).toBe("TRAILER!!!");
});

test("every part begins at a multiple of four, and the whole is a multiple of 512", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ path: fc.stringMatching(/^[a-z]{1,9}$/), data: fc.uint8Array({ maxLength: 700 }) }),
      ),
      (files) => {
        const archive = writeCpio(files.map((file) => ({ ...file, mode: S_IFREG | 0o644 })));
        expect(archive.length % 512).toBe(0);
        let at = 0;
        for (const file of files) {
          expect(archive.subarray(at, at + 6).toString()).toBe("070701");
          const name = (at + 110 + file.path.length + 1 + 3) & ~3;
          expect(archive.subarray(name, name + file.data.length)).toEqual(Buffer.from(file.data));
          at = (name + file.data.length + 3) & ~3;
        }
      },
    ),
  );
});

test("the same entries give the same bytes", () => {
  expect(writeCpio(entries).equals(writeCpio(entries))).toBe(true);
});

test("cpio(1) lists what was written", (context) => {
  try {
    execFileSync("cpio", ["--version"]);
  } catch {
    context.skip("cpio is not installed here");
  }
  const list = (input: Buffer) =>
    execFileSync("cpio", ["--list", "--verbose", "--numeric-uid-gid", "--quiet"], {
      input,
      encoding: "utf8",
    });
  const listed = list(writeCpio(entries));
  expect(listed).toMatch(/^drwxr-xr-x +2 0 +0 +0 .* dev$/m);
  expect(listed).toMatch(/^crw------- +1 0 +0 +5, +1 .* dev\/console$/m);
  expect(listed).toMatch(/^-rwxr-xr-x +1 0 +0 +5 .* init$/m);
});

import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorCode } from "../../../../src/shared/errors.ts";
import { encodeHeader } from "../../../../src/shared/tar/encode.ts";
import { paddingOf, type TarEntry } from "../../../../src/shared/tar/format.ts";
import { namesOf } from "../../../../src/shared/tar/names.ts";
import { TarReader } from "../../../../src/shared/tar/reader.ts";

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function readAll(bytes: Buffer, step: number) {
  const tar = new TarReader(pieces(bytes, step));
  const found: (TarEntry & { content: string })[] = [];
  for (let entry = await tar.next(); entry !== null; entry = await tar.next()) {
    const content: Buffer[] = [];
    for await (const piece of tar.content()) content.push(Buffer.from(piece));
    found.push({ ...entry, content: Buffer.concat(content).toString("latin1") });
  }
  return found;
}

const name = (most: number) =>
  fc
    .uint8Array({ minLength: 1, maxLength: most })
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 ? 1 : byte))));

const entryOf = fc.record({
  path: name(300),
  linkTarget: name(300),
  kind: fc.constantFrom("file" as const, "symlink" as const, "hardlink" as const, "directory" as const),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.oneof(fc.nat(3000), fc.nat(4_294_967_294)),
  gid: fc.nat(4_294_967_294),
  mtime: fc.nat(4_000_000_000),
  content: fc.string({ unit: "binary-ascii", maxLength: 1500 }),
});

describe("tar", () => {
  it("what is written is read, whatever the names, sizes and pieces (property)", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entryOf, { maxLength: 5 }),
        fc.integer({ min: 1, max: 2000 }),
        async (entries, step) => {
          const expected = entries.map(({ content, linkTarget, ...entry }) => {
            const isFile = entry.kind === "file";
            const size = isFile ? content.length : 0;
            const link = entry.kind === "symlink" || entry.kind === "hardlink" ? linkTarget : Buffer.alloc(0);
            return { ...entry, linkTarget: link, size, content: isFile ? content : "" };
          });
          const parts = expected.map(({ content, ...entry }) =>
            Buffer.concat([
              encodeHeader(entry),
              Buffer.from(content, "latin1"),
              Buffer.alloc(paddingOf(entry.size)),
            ]),
          );
          const found = await readAll(Buffer.concat([...parts, Buffer.alloc(1024)]), step);
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("no bytes make it fail but as a bad archive, nor read for ever (property)", {
    timeout: 120_000,
  }, async () => {
    const header = entryOf.map(({ content: _, ...entry }) => encodeHeader({ ...entry, size: 0 }));
    const bytes = fc
      .tuple(header, fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 6 }), fc.boolean())
      .map(([block, changes, keepSum]) => {
        for (const [at, byte] of changes) if (at < block.length) block[at] = byte;
        return keepSum ? resum(block) : block;
      });
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 3 }), async (blocks) => {
        const failure = await readAll(Buffer.concat(blocks), 512).then(() => null, errorCode);
        expect([null, "ERR_BAD_ARCHIVE"]).toContain(failure);
      }),
      { numRuns: 500 },
    );
  });

  it("a size that no header holds is in a pax header, as tar reads it", async () => {
    const entry = {
      ...{ kind: "file" as const, mode: 0o644, uid: 0, gid: 0, mtime: 0 },
      ...{ path: Buffer.from("large"), linkTarget: Buffer.alloc(0), size: 2 ** 33 + 5 },
    } satisfies TarEntry;
    const found = await new TarReader(pieces(encodeHeader(entry), 512)).next();
    expect(found?.size).toBe(2 ** 33 + 5);
  });

  it("what goes on after its end is not read for ever", async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(65_536);
    }
    const tar = new TarReader(endless());
    expect(await tar.next()).toBeNull();
    await expect(tar.drain()).rejects.toMatchObject({ code: "ERR_BAD_ARCHIVE" });
  });

  it("tar lists what we write", () => {
    const long = `${"d/".repeat(80)}file`;
    const entry = {
      ...{ kind: "file" as const, mode: 0o640, uid: 5_000_000, gid: 7, size: 0, mtime: 1_500_000_000 },
      ...{ path: Buffer.from(long), linkTarget: Buffer.alloc(0) },
    } satisfies TarEntry;
    const input = Buffer.concat([encodeHeader(entry), Buffer.alloc(1024)]);
    const listed = execFileSync("tar", ["-t", "-v", "--numeric-owner"], {
      input,
      encoding: "utf8",
      env: { TZ: "UTC" },
    });
    expect(listed).toMatch(/^-rw-r----- 5000000\/7 +0 2017-07-14 02:40 /);
    expect(listed.trimEnd().endsWith(long)).toBe(true);
  });
});

describe("namesOf", () => {
  it("takes paths apart, and refuses those that lead out", () => {
    expect(namesOf(Buffer.from("./a//b/./c/")).map(String)).toEqual(["a", "b", "c"]);
    expect(namesOf(Buffer.from("."))).toEqual([]);
    expect(namesOf(Buffer.from([0xff, 0x2f, 0xfe]))).toEqual([Buffer.from([0xff]), Buffer.from([0xfe])]);
    for (const path of ["/a", "a/../b", "..", "a/.."]) {
      expect(() => namesOf(Buffer.from(path))).toThrow(expect.objectContaining({ code: "ERR_BAD_ARCHIVE" }));
    }
  });
});

function resum(header: Buffer): Buffer {
  header.write("        ", 148, "latin1");
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localTarget } from "../../../../src/cli/files/target.ts";
import { unpack } from "../../../../src/cli/files/unpack.ts";
import { errorCode } from "../../../../src/shared/errors.ts";
import { TarReader } from "../../../../src/shared/tar/reader.ts";
import {
  archive,
  END,
  encode,
  file,
  hardlink,
  type Piece,
  pieces,
  ROOT,
  resum,
  symlink,
} from "./support/archive.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "bgr-unpack-"));
  mkdirSync(at("outside"));
  writeFileSync(at("outside/victim"), "safe", { mode: 0o644 });
  mkdirSync(at("into"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

const at = (name: string) => path.join(scratch, name);

const options = { signal: new AbortController().signal, onBytes: () => undefined };

/** As `vm cp vm:/x/d into`. */
function lay(bytes: Buffer, step = 700): Promise<void> {
  return unpack(
    new TarReader(pieces(bytes, step)),
    (directory) => localTarget(at("into"), { directory, contents: false, name: "d" }),
    options,
  );
}

/** Nothing outside is changed or made, and nothing half is left inside. */
function expectNothingOutside(): void {
  expect(readdirSync(scratch).sort()).toEqual(["into", "outside"]);
  expect(readdirSync(at("outside"))).toEqual(["victim"]);
  expect(readFileSync(at("outside/victim"), "utf8")).toBe("safe");
  expect(lstatSync(at("outside/victim")).nlink).toBe(1);
  expect(statSync(at("outside/victim")).mode & 0o7777).toBe(0o644);
  expect(halfIn(at("into"))).toEqual([]);
}

/** Node's own recursive listing follows symlinks. */
function halfIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((each) => {
    const inner = each.isDirectory() ? halfIn(path.join(directory, each.name)) : [];
    return each.name.startsWith(".banger-cp") ? [each.name, ...inner] : inner;
  });
}

describe("an archive that a hostile guest has sent", () => {
  it.each<[string, () => Piece[]]>([
    ["..", () => [ROOT, file("d/../../outside/victim")]],
    [".. alone", () => [ROOT, file("..")]],
    ["a root that is ..", () => [file("../outside/victim")]],
    ["an absolute name", () => [ROOT, file(at("outside/victim"))]],
    ["an absolute root", () => [file(at("outside/victim"))]],
    ["a second root", () => [ROOT, file("e/f")]],
    ["a file through a symlink of its own", () => [ROOT, symlink("d/l", at("outside")), file("d/l/victim")]],
    ["the same by a relative one", () => [ROOT, symlink("d/l", "../../outside"), file("d/l/victim")]],
    [
      "a directory through a symlink",
      () => [ROOT, symlink("d/l", at("outside")), { ...ROOT, path: "d/l/new/" }],
    ],
    ["a root that is a symlink, and files in it", () => [symlink("d", at("outside")), file("d/victim")]],
    ["a hard link to an absolute name", () => [ROOT, hardlink("d/h", at("outside/victim"))]],
    ["a hard link by ..", () => [ROOT, hardlink("d/h", "d/../../outside/victim")]],
    [
      "a hard link through a symlink",
      () => [ROOT, symlink("d/l", at("outside")), hardlink("d/h", "d/l/victim")],
    ],
    ["a hard link to a symlink", () => [ROOT, symlink("d/l", at("outside/victim")), hardlink("d/h", "d/l")]],
    ["a hard link to a directory", () => [ROOT, hardlink("d/h", "d")]],
    ["a name with NUL in it", () => [ROOT, file(`${"d/long/".repeat(20)}x\0y`)]],
    ["a link that leads nowhere", () => [ROOT, symlink("d/l", "")]],
    ["a link with content", () => [ROOT, { ...symlink("d/l", "x"), size: 512 }]],
    ["names without end", () => [ROOT, file(`d/${"x/".repeat(2500)}f`)]],
    ["directories without end", () => [ROOT, file(`d/${"x/".repeat(300)}f`)]],
    ["nothing", () => []],
  ])("%s is refused", async (_, make) => {
    await expect(lay(archive(...make()))).rejects.toMatchObject({ code: "ERR_BAD_ARCHIVE" });
    expectNothingOutside();
  });

  it.each(["3", "4", "6", "7", "L", "K", "S", "g", "D"])(
    "an entry of type %s (devices, FIFOs, GNU's) is refused",
    async (flag) => {
      const header = encode({ path: "d/x", size: 0 });
      header.write(flag, 156, "latin1");
      await expect(lay(Buffer.concat([encode(ROOT), resum(header), END]))).rejects.toMatchObject({
        code: "ERR_BAD_ARCHIVE",
      });
      expectNothingOutside();
    },
  );

  it("a symlink may say anything, and is written over, not through", async () => {
    await lay(archive(ROOT, symlink("d/l", at("outside/victim")), file("d/l")));
    expect(readFileSync(at("into/d/l"), "utf8")).toBe("evil");
    expect(lstatSync(at("into/d/l")).isFile()).toBe(true);
    expectNothingOutside();
  });

  it("a symlink is not turned into a directory", async () => {
    const pieces = [ROOT, symlink("d/l", at("outside")), { ...ROOT, path: "d/l/", mode: 0o700 }];
    await expect(lay(archive(...pieces))).rejects.toMatchObject({ code: "ERR_CP_KIND" });
    expectNothingOutside();
  });

  it("a symlink that was there before is not followed either", async () => {
    mkdirSync(at("into/d"));
    symlinkSync(at("outside"), at("into/d/l"));
    await expect(lay(archive(ROOT, file("d/l/victim")))).rejects.toMatchObject({ code: "ERR_BAD_ARCHIVE" });
    await expect(lay(archive(ROOT, { ...ROOT, path: "d/l/" }))).rejects.toMatchObject({
      code: "ERR_CP_KIND",
    });
    expectNothingOutside();
  });

  it("a hard link's name is another file's when that is written again", async () => {
    await lay(archive(ROOT, file("d/a"), hardlink("d/b", "d/a"), file("d/a", { content: "new" })));
    expect(readFileSync(at("into/d/b"), "utf8")).toBe("evil");
    expect(readFileSync(at("into/d/a"), "utf8")).toBe("new");
  });

  it("set-user-ID and set-group-ID bits are dropped", async () => {
    await lay(archive({ ...ROOT, mode: 0o7755 }, file("d/su", { mode: 0o6755 })));
    expect(statSync(at("into/d/su")).mode & 0o7777).toBe(0o755);
    expect(statSync(at("into/d")).mode & 0o7777).toBe(0o755);
  });

  it("cut short anywhere, it leaves no file half", async () => {
    const whole = archive(ROOT, file("d/a", { content: "x".repeat(2000) }), file("d/b"));
    for (let length = 0; length < whole.length - END.length; length += 300) {
      rmSync(at("into/d"), { recursive: true, force: true });
      await expect(lay(whole.subarray(0, length))).rejects.toMatchObject({ code: "ERR_BAD_ARCHIVE" });
      expectNothingOutside();
      if (existsSync(at("into/d/a"))) expect(statSync(at("into/d/a")).size).toBe(2000);
    }
  });

  it("a directory that may not be written to is filled first", async () => {
    await lay(archive(ROOT, { ...ROOT, path: "d/ro/", mode: 0o555, mtime: 1_500_000_000 }, file("d/ro/f")));
    const { mode, mtimeMs } = statSync(at("into/d/ro"));
    expect([mode & 0o777, mtimeMs]).toEqual([0o555, 1_500_000_000_000]);
  });

  it("whatever else it says, nothing outside is touched (property)", { timeout: 120_000 }, async () => {
    const part = fc.constantFrom("d", "a", "l", "..", ".", "", "victim", "outside");
    const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `d/${parts.join("/")}`);
    const target = fc.oneof(
      name,
      fc.constantFrom("..", "../..", "../../outside", "../outside", "/"),
      fc.constant(0).map(() => at("outside")),
    );
    const entry = fc.oneof(
      name.map((each) => file(each)),
      name.map((each): Piece => ({ ...ROOT, path: `${each}/` })),
      fc.tuple(name, target).map(([each, to]) => symlink(each, to)),
      fc.tuple(name, target).map(([each, to]) => hardlink(each, to)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        rmSync(at("into"), { recursive: true });
        mkdirSync(at("into"));
        const failure = await lay(archive(ROOT, ...entries)).then(() => null, errorCode);
        expect([null, "ERR_BAD_ARCHIVE", "ERR_CP_KIND", "ENOENT"]).toContain(failure);
        expectNothingOutside();
      }),
      { numRuns: 100 },
    );
  });
});

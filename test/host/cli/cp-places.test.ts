import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CopyWorld, tree } from "./support/copies.ts";

let world: CopyWorld;
const at = (name: string) => world.at(name);
const cp = (args: string[]) => world.cpHere(args);

beforeEach(async () => {
  world = await CopyWorld.open();
});
afterEach(() => world[Symbol.asyncDispose]());

/** The same rules on both sides: what lies at the source, what at the destination, and what comes of it. */
describe.each([
  ["into a VM", "host", "guest"],
  ["out of a VM", "guest", "host"],
] as const)("the place of a copy %s, as docker cp has it", (_, from, to) => {
  const copy = (source: string, destination: string, ...flags: string[]) =>
    cp([...flags, world.named(from, source), world.named(to, destination)]);

  beforeEach(() => {
    mkdirSync(at(`${from}/d/sub`), { recursive: true });
    writeFileSync(at(`${from}/d/sub/x`), "x", { mode: 0o644 });
    writeFileSync(at(`${from}/f`), "new", { mode: 0o644 });
    symlinkSync("f", at(`${from}/lf`));
    symlinkSync("d", at(`${from}/ld`));
    mkdirSync(at(`${to}/there`));
    writeFileSync(at(`${to}/file`), "old", { mode: 0o644 });
  });

  it.each([
    ["f", "g", { g: "644 new" }],
    ["f", "there", { "there/f": "644 new" }],
    ["f", "there/", { "there/f": "644 new" }],
    ["f", "there/.", { "there/f": "644 new" }],
    ["f", "file", { file: "644 new" }],
    ["d", "there", { "there/d/sub/x": "644 x" }],
    ["d/", "there", { "there/d/sub/x": "644 x" }],
    ["d/.", "there", { "there/sub/x": "644 x" }],
    ["d", "made", { "made/sub/x": "644 x" }],
    ["d", "made/", { "made/sub/x": "644 x" }],
    ["d/.", "made", { "made/sub/x": "644 x" }],
    ["d/./sub/..", "made", { "made/sub/x": "644 x" }],
    ["lf", "there", { "there/lf": "-> f" }],
    ["ld", "there", { "there/ld": "-> d" }],
    ["ld/.", "there", { "there/sub/x": "644 x" }],
  ])("%s to %s", async (source, destination, expected) => {
    expect(await copy(source, destination)).toMatchObject({ status: 0, stderr: "" });
    expect(tree(at(to))).toMatchObject(expected);
  });

  it.each([
    ["lf", "there", { "there/lf": "644 new" }],
    ["ld", "there", { "there/ld/sub/x": "644 x" }],
  ])("-L follows the source: %s to %s", async (source, destination, expected) => {
    expect((await copy(source, destination, "-L")).status).toBe(0);
    expect(tree(at(to))).toMatchObject(expected);
  });

  it.each([
    ["nothing", "there", "is not there"],
    ["f/", "there", "is not a directory"],
    ["f/.", "there", "is not a directory"],
    ["f", "missing/", "is not there"],
    ["f", "missing/g", "is not there"],
    ["d", "missing/g", "is not there"],
    ["d", "file", "which is none"],
    ["f", "file/", "is not a directory"],
    ["f", "file/g", "is not a directory"],
  ])("%s to %s is refused, and nothing is made", async (source, destination, expected) => {
    const before = tree(at(to));
    const done = await copy(source, destination);
    expect(done.status).toBe(1);
    expect(done.stderr).toContain(expected);
    expect(tree(at(to))).toEqual(before);
  });

  it("merges directories, keeps those that are there as they are, and mixes no kinds", async () => {
    mkdirSync(at(`${to}/there/d`), { mode: 0o711 });
    writeFileSync(at(`${to}/there/d/mine`), "mine", { mode: 0o644 });
    expect((await copy("d", "there")).status).toBe(0);
    expect(tree(at(`${to}/there`))).toMatchObject({
      d: "directory 711",
      "d/mine": "644 mine",
      "d/sub/x": "644 x",
    });
    mkdirSync(at(`${to}/there/f`));
    expect((await copy("f", "there")).stderr).toContain("cannot be overwritten with a file");
    rmSync(at(`${to}/there/d`), { recursive: true });
    writeFileSync(at(`${to}/there/d`), "");
    expect((await copy("d", "there")).stderr).toContain("cannot be overwritten with one");
  });

  it("writes a file behind a symlink where that leads, also where that is not there yet", async () => {
    symlinkSync("file", at(`${to}/lfile`));
    symlinkSync("there/fresh", at(`${to}/lfresh`));
    await copy("f", "lfile");
    await copy("f", "lfresh");
    expect(tree(at(to))).toMatchObject({ file: "644 new", lfile: "-> file", "there/fresh": "644 new" });
  });
});

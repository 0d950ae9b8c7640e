import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cli } from "./support/cli.ts";
import { CopyWorld, makeTree, tree } from "./support/copies.ts";

let world: CopyWorld;
const at = (name: string) => world.at(name);
const inGuest = (name: string) => world.named("guest", name);
const onHost = (name: string) => world.named("host", name);
const cp = (args: string[], input: Buffer | string = "") => world.cp(args, input);

beforeEach(async () => {
  world = await CopyWorld.open();
});
afterEach(() => world[Symbol.asyncDispose]());

describe("streams", () => {
  it("a tar of the user's goes into a directory: POSIX's, GNU's and old ones", async () => {
    makeTree(at("host"));
    for (const format of ["pax", "gnu", "ustar", "v7"]) {
      // What the older ones cannot hold.
      if (format === "ustar") rmSync(at(`host/d/${"long".repeat(40)}`));
      const input = execFileSync("tar", ["-C", at("host"), `--format=${format}`, "-c", "d"]);
      mkdirSync(at(`guest/${format}`));
      expect(await cp(["-", inGuest(format)], input)).toMatchObject({ status: 0, stderr: "" });
      expect(tree(at(`guest/${format}`))).toEqual(tree(at("host")));
    }
  });

  it("needs the directory, and an archive", async () => {
    writeFileSync(at("guest/file"), "");
    expect((await cp(["-", inGuest("file")])).stderr).toContain("must be a directory");
    expect((await cp(["-", inGuest("missing")])).stderr).toContain("is not there");
    const done = await cp(["-", inGuest("")], Buffer.alloc(2000, "no archive"));
    expect(done.status).toBe(1);
    expect(done.stderr).toContain("tar: wrong checksum");
  });

  it.each([
    ["a name with ..", "--transform=s,^,../,", "leads out of the archive"],
    ["a file through a symlink", "--transform=s,^,out/,", "leads out of the destination"],
  ])("a tar of somebody else's stays in the directory: %s", async (_, transform, expected) => {
    writeFileSync(at("host/f"), "evil");
    const input = execFileSync("tar", ["-C", at("host"), "-cP", transform, "f"]);
    mkdirSync(at("guest/into"));
    symlinkSync(at("host"), at("guest/into/out"));
    rmSync(at("host/f"));
    const done = await cp(["-", inGuest("into")], input);
    expect(done.status).toBe(1);
    expect(done.stderr).toContain(expected);
    expect(readdirSync(at("guest"))).toEqual(["into"]);
    expect(readdirSync(at("guest/into"))).toEqual(["out"]);
    expect(readdirSync(at("host"))).toEqual([]);
  });

  it("a sparse archive is refused in words", async () => {
    writeFileSync(at("host/f"), "");
    truncateSync(at("host/f"), 1 << 20);
    for (const format of ["gnu", "pax"]) {
      const input = execFileSync("tar", ["-C", at("host"), "-cS", `--format=${format}`, "f"]);
      expect((await cp(["-", inGuest("")], input)).stderr).toContain("sparse file");
    }
    expect(readdirSync(at("guest"))).toEqual([]);
  });

  it("gives a tar that tar reads", async () => {
    makeTree(at("guest"));
    const done = await cp([inGuest("d"), "-"]);
    expect(done.status).toBe(0);
    execFileSync("tar", ["-C", at("host"), "-x"], { input: done.stdout });
    expect(tree(at("host"))).toEqual(tree(at("guest")));
    const contents = await cp([inGuest("d/."), "-"]);
    const names = execFileSync("tar", ["t"], { input: contents.stdout, encoding: "utf8" }).split("\n");
    expect(names).toContain("./deep/note");
  });
});

describe("half files", () => {
  it.each(["into", "out of"])("Ctrl-C on the way %s a VM leaves none, and says so", async (way) => {
    writeFileSync(at("guest/source"), "");
    truncateSync(at("guest/source"), 2 ** 40);
    const into = way === "into";
    const args = into ? ["-", inGuest("")] : [inGuest("source"), onHost("copy")];
    const cli = new Cli(["vm", "cp", ...args], { env: world.daemon.env, input: null });
    if (into) cli.child.stdin?.write(Buffer.concat([headerOf("half", 2 ** 30), Buffer.alloc(2 ** 20)]));
    const target = at(into ? "guest" : "host");
    while (!readdirSync(target).some((name) => name.startsWith(".banger-cp"))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    cli.child.kill("SIGINT");
    const done = await cli.finished;
    expect(done.status).toBe(130);
    expect(done.stderr).toContain("none is left half");
    expect(existsSync(path.join(target, into ? "half" : "copy"))).toBe(false);
  });

  it("Ctrl-C ends a copy from a program that says nothing more just now", async () => {
    const cli = new Cli(["vm", "cp", "-", inGuest("")], { env: world.daemon.env, input: null });
    const begun = Buffer.concat([headerOf("half", 2 ** 20), Buffer.alloc(1000)]);
    cli.child.stdin?.write(begun);
    // All of it is there: the next is waited for.
    await vi.waitUntil(
      () => readdirSync(at("guest")).some((name) => statSync(at(`guest/${name}`)).size === 1000),
      {
        timeout: 60_000,
      },
    );
    cli.child.kill("SIGINT");
    expect(await cli.finished).toMatchObject({ status: 130 });
    expect(existsSync(at("guest/half"))).toBe(false);
  });
});

function headerOf(name: string, size: number): Buffer {
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(octal(0o644, 7) + octal(0, 7) + octal(0, 7) + octal(size, 11) + octal(0, 11), 100);
  block.write("        0", 148);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(octal(sum, 6), 148);
  return block;
}

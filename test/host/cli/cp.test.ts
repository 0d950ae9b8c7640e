import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.ts";
import { CopyWorld, makeTree, tree } from "./support/copies.ts";
import { VM } from "./support/daemon.ts";

let world: CopyWorld;
const at = (name: string) => world.at(name);
const inGuest = (name: string) => world.named("guest", name);
const onHost = (name: string) => world.named("host", name);
const cp = (args: string[], input: Buffer | string = "") => world.cp(args, input);

beforeEach(async () => {
  world = await CopyWorld.open();
});
afterEach(() => world[Symbol.asyncDispose]());

describe("a tree", () => {
  it.each([
    ["into a VM", "host", "guest"],
    ["out of a VM", "guest", "host"],
  ] as const)(
    "is the same %s: modes, links, times, hard links, and owned as it should be",
    async (_, from, to) => {
      makeTree(at(from));
      const done = await cp([world.named(from, "d"), world.named(to, "")]);
      expect(done).toMatchObject({ status: 0, stderr: "", text: "" });
      expect(tree(at(to))).toEqual(tree(at(from)));
      expect(statSync(at(`${to}/d/run`)).mtimeMs).toBe(1_500_000_000_000);
      expect(statSync(at(`${to}/d/twin`)).ino).toBe(statSync(at(`${to}/d/run`)).ino);
    },
  );

  it("may have names that are no text", async () => {
    const name = Buffer.concat([Buffer.from(`${at("host")}/d/`), Buffer.from([0x66, 0xff, 0xfe, 0x80])]);
    mkdirSync(at("host/d"));
    writeFileSync(name, "bytes");
    expect((await cp([onHost("d"), inGuest("")])).status).toBe(0);
    expect((await cp([inGuest("d"), onHost("back")])).status).toBe(0);
    const [back] = readdirSync(at("host/back"), { encoding: "buffer" });
    expect(back).toEqual(Buffer.from([0x66, 0xff, 0xfe, 0x80]));
  });

  it("keeps owners into a VM with -a, and is root's without", async () => {
    mkdirSync(at("host/d"));
    writeFileSync(at("host/d/f"), "");
    execFileSync("chown", ["-R", "1234:2345", at("host/d")]);
    await cp([onHost("d"), inGuest("plain")]);
    await cp(["-a", onHost("d"), inGuest("kept")]);
    expect(statSync(at("guest/plain/f"))).toMatchObject({ uid: 0, gid: 0 });
    expect(statSync(at("guest/kept/f"))).toMatchObject({ uid: 1234, gid: 2345 });
    await cp([inGuest("kept"), onHost("back")]);
    expect(statSync(at("host/back/f"))).toMatchObject({ uid: process.getuid?.(), gid: process.getgid?.() });
  });

  it("drops set-user-ID bits on the host, and keeps them in the VM", async () => {
    writeFileSync(at("host/su"), "");
    chmodSync(at("host/su"), 0o4755);
    await cp([onHost("su"), inGuest("su")]);
    expect(statSync(at("guest/su")).mode & 0o7777).toBe(0o4755);
    await cp([inGuest("su"), onHost("back")]);
    expect(statSync(at("host/back")).mode & 0o7777).toBe(0o755);
  });

  it("leaves out FIFOs and says so, both ways", async () => {
    for (const room of ["host", "guest"]) {
      mkdirSync(at(`${room}/d`));
      execFileSync("mkfifo", [at(`${room}/d/fifo`)]);
      writeFileSync(at(`${room}/d/f`), "");
    }
    const went = await cp([onHost("d"), inGuest("e")]);
    const came = await cp([inGuest("d"), onHost("e")]);
    for (const { status, stderr } of [went, came]) {
      expect(status).toBe(0);
      expect(stderr).toMatch(/^banger: .*fifo is left out: it is a device, a FIFO or a socket\n$/);
    }
    expect(readdirSync(at("guest/e"))).toEqual(["f"]);
    expect(readdirSync(at("host/e"))).toEqual(["f"]);
  });
});

describe("the command line", () => {
  it.each([
    [["a", "b"], "neither side is a VM's"],
    [["one:/a", "two:/b"], "between two VMs"],
    [["web:", "a"], "names no path in web"],
    [["./web:x", "y"], "neither side is a VM's"],
    [["web:/a"], "is missing"],
  ])("%j: %s", async (args, expected) => {
    const done = await cp(args);
    expect(done.status).toBe(2);
    expect(done.stderr).toContain(expected);
  });

  it("an unknown VM is the daemon's error", async () => {
    expect((await cp(["nope:/a", at("host")])).stderr).toContain('there is no VM "nope"');
  });

  it("completes VMs and files", async () => {
    const done = await runCli(["__complete", "vm", "cp", ""], { env: world.daemon.env });
    expect(done.text.split("\n")).toEqual(
      expect.arrayContaining([":files", expect.stringMatching(`^${VM.name}:\t`)]),
    );
  });
});

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prebuiltAddon } from "../../../scripts/make/prebuilt.ts";

const run = promisify(execFile);
const TOP = path.resolve(import.meta.dirname, "../../..");
const TOOLS = path.join(TOP, "build/toolchain/bin");

let project = "";

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
let packed: Packed;

/** Runs a program in the project, with the Node and npm that the tree was built with. Its stdout; rejects with all it said. */
async function inProject(program: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, PATH: `${TOOLS}:${process.env.PATH}` };
  return (await run(program, args, { cwd: project, env, maxBuffer: 1 << 24 })).stdout;
}

async function runModule(name: string, text: string): Promise<unknown> {
  await writeFile(path.join(project, name), text);
  return JSON.parse(await inProject(process.execPath, name));
}

/** What the compiler says of one TypeScript file, as a user's strict project would have it checked; empty when all is well. */
async function typeErrors(name: string, text: string): Promise<string> {
  await writeFile(path.join(project, name), text);
  const options = { module: "nodenext", moduleResolution: "nodenext", target: "es2023", strict: true };
  const checks = { exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, types: ["node"] };
  const config = { compilerOptions: { ...options, ...checks }, files: [name] };
  await writeFile(path.join(project, "tsconfig.json"), JSON.stringify(config));
  const tsc = path.join(TOP, "node_modules/typescript/bin/tsc");
  return inProject(process.execPath, tsc, "--project", "tsconfig.json").catch(
    (error: { stdout: string }) => error.stdout,
  );
}

/** An empty project of somebody else's that has the tarball, with its dependencies from the registry, and Node's types. No script runs. */
beforeAll(async () => {
  project = await mkdtemp(path.join(os.tmpdir(), "banger-package-"));
  await run(process.execPath, [path.join(TOP, "scripts/prebuild.ts")]);
  const lock = JSON.parse(await readFile(path.join(TOP, "package-lock.json"), "utf8"));
  const types = `@types/node@${lock.packages["node_modules/@types/node"].version}`;
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", project, TOP];
  const report: unknown = JSON.parse(await inProject("npm", ...pack));
  // A list, and in later versions of npm an object by name.
  packed = Object.values(report as Record<string, Packed>)[0] as Packed;
  await writeFile(path.join(project, "package.json"), '{ "name": "somebody", "private": true }');
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  await inProject("npm", "install", ...quiet, `./${packed.filename}`, types);
});
afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

describe("the package, packed and installed in an empty project", () => {
  it("has programs, library, addon and agent in it, and no TypeScript but declarations", () => {
    const names = packed.files.map((file) => file.path);
    for (const name of [
      "build/bin/banger",
      "build/lib/bangerd.js",
      "build/lib/index.js",
      "build/lib/host.js",
      "build/lib/host-fake.js",
      "build/lib/host-nft.js",
      "build/lib/types/host/index.d.ts",
      prebuiltAddon(),
      "build/agent/banger-agent",
      "docs/hostops.md",
    ]) {
      expect(names).toContain(name);
    }
    expect(names.filter((name) => name.endsWith(".node"))).toEqual([prebuiltAddon()]);
    expect(names.filter((name) => /\.ts$/.test(name) && !name.endsWith(".d.ts"))).toEqual([]);
    expect(names.filter((name) => /^(src|test|scripts|node_modules)\//.test(name))).toEqual([]);
  });

  it("gives plain JavaScript the kernel, a fake of it, and the daemon's client", async () => {
    await writeFile(path.join(project, "source.img"), "x".repeat(8192));
    const found = await runModule(
      "use.mjs",
      `import { connect } from "banger-vm";
       import { HostError, openHostOps } from "banger-vm/host";
       import { openFakeHostOps } from "banger-vm/host/fake";
       const host = openHostOps();
       const copied = await host.clone.copy("source.img", "copy.img");
       const self = host.sync.link.readSysctl({ family: 4, link: "lo", key: "forwarding" });
       await host.close();
       const fake = openFakeHostOps();
       fake.faults.fail("tap.create", { errnoCode: "EBUSY" });
       const refused = await openHostOps(fake).createTap({ name: "t0", ownerUid: 1 }).catch((error) => error);
       const daemon = await connect({ socket: "/nonexistent/bangerd.sock" }).catch((error) => error);
       console.log(JSON.stringify({
         copied: [copied.method, String(copied.dataBytes)],
         self: /^[01]$/.test(self),
         refused: [refused instanceof HostError, refused.code, refused.errno],
         daemon: daemon.code,
       }));`,
    );
    expect(found).toEqual({
      copied: ["copy", "8192"],
      self: true,
      refused: [true, "ERR_HOST_BUSY", -16],
      daemon: "ERR_DAEMON_NOT_RUNNING",
    });
  });

  it("runs no script when it is installed or rebuilt: npm's own, for a binding.gyp, empties the build directory first", async () => {
    const { scripts } = JSON.parse(
      await readFile(path.join(project, "node_modules/banger-vm/package.json"), "utf8"),
    );
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
    expect(packed.files.map((file) => file.path)).not.toContain("binding.gyp");
    await inProject("npm", "rebuild", "--ignore-scripts=false", "banger-vm");
    expect(await readdir(path.join(project, "node_modules/banger-vm/build/lib"))).toContain("host.js");
  });

  it("without a prebuilt addon for a host says so, with a command that compiles", async () => {
    const installed = path.join(project, "node_modules/banger-vm");
    const aside = path.join(project, "prebuilds-aside");
    await rename(path.join(installed, "prebuilds"), aside);
    try {
      const refused = (await runModule(
        "missing.mjs",
        `import { openHostOps } from "banger-vm/host";
         try { openHostOps(); } catch ({ code, message, next }) { console.log(JSON.stringify({ code, message, next })); }`,
      )) as { code: string; message: string; next: string };
      expect(refused.code).toBe("ERR_HOST_ADDON");
      expect(refused.message).toContain(`no prebuilt addon for ${process.platform}-${process.arch}`);
      expect(refused.next).not.toContain("make build");
      // Its first half: the rest is a minute of the compiler's, of the same sources by the same CMakeLists.txt as everywhere.
      const command = /`(.*)`/.exec(refused.next)?.[1] ?? "";
      expect(command).toContain(" compile ");
      await inProject("sh", "-c", command.replace(" compile ", " configure "));
      expect(await readdir(path.join(installed, "build/native/cmake"))).toContain("CMakeCache.txt");
    } finally {
      await rm(path.join(installed, "build/native"), { recursive: true, force: true });
      await rename(aside, path.join(installed, "prebuilds"));
    }
  });

  it("gives CommonJS the same, and nobody what is not exported", async () => {
    const found = await runModule(
      "use.cjs",
      `const { openHostOps } = require("banger-vm/host");
       const inner = (() => { try { return require("banger-vm/build/lib/host.js"); } catch (error) { return error.code; } })();
       console.log(JSON.stringify([typeof openHostOps, inner]));`,
    );
    expect(found).toEqual(["function", "ERR_PACKAGE_PATH_NOT_EXPORTED"]);
  });

  it("is typed", async () => {
    const program = `
      import { type BangerError, connect, type VmSummary } from "banger-vm";
      import { type Host, HostError, type HostOps, type LoopDevice, openHostOps } from "banger-vm/host";
      import { type FakeHostOps, openFakeHostOps } from "banger-vm/host/fake";
      import { accept, ip, match, type NftPart, nftRule } from "banger-vm/host/nft";
      export const parts: NftPart[] = [match(ip.saddr, "10.0.0.0/8"), accept];
      export const rule = { chain: { table: { family: "inet", name: "t" } as const, name: "c" }, expressions: nftRule(...parts) };
      export const added = (host: Host) => host.ops.nft.apply([{ op: "add-rule", rule }]);
      export async function attach(host: Host): Promise<LoopDevice> {
        return host.attachLoop({ backingFile: "/disk", name: "mine", readOnly: true });
      }
      export const fake: FakeHostOps = openFakeHostOps({ reflinks: false });
      export const ops: HostOps = fake;
      fake.faults.fail("loop.attach", { errnoCode: "ENOSPC", times: 2 });
      export const bytes: bigint = (await ops.clone.copy("a", "b")).dataBytes;
      export const code = (error: unknown): BangerError["code"] | null => error instanceof HostError ? error.code : null;
      export const vms: VmSummary[] = (await (await connect()).call("vm.list", {})).vms;
      await openHostOps(fake).close();`;
    expect(await typeErrors("use.mts", program)).toBe("");
  });

  it("lets the compiler refuse what is wrong", async () => {
    const program = `
      import { openHostOps } from "banger-vm/host";
      import { openFakeHostOps } from "banger-vm/host/fake";
      const host = openHostOps(openFakeHostOps());
      await host.attachLoop({ backingFile: "/disk" });
      const bytes: number = (await host.clone.copy("a", "b")).dataBytes;
      openFakeHostOps().faults.fail("loop.detatch", { errnoCode: "EIO" });`;
    const errors = await typeErrors("wrong.mts", program);
    expect(errors.match(/error TS\d+/g)).toEqual(["error TS2739", "error TS2322", "error TS2345"]);
  });

  it("has programs that run", async () => {
    const version = JSON.parse(await inProject("node_modules/.bin/banger", "version", "--json"));
    const { version: wanted } = JSON.parse(await readFile(path.join(TOP, "package.json"), "utf8"));
    expect(version).toMatchObject({ version: wanted });
  });
});

import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { HostError } from "../../../src/host/host-error.ts";
import { openLinuxHostOps } from "../../../src/host/linux/index.ts";
import { useScratch } from "../../contract/support/scratch.ts";

const TOP = path.resolve(import.meta.dirname, "../../..");
const INDEX = path.join(TOP, "src/host/linux/index.ts");
const ADDON = path.join(TOP, "build/native/banger.node");
const SPAWN = `({ program: "/bin/sh", argv: ["sh", "-c", "sleep 0.2; exit 5"], env: {}, cwd: "/", uid: 615001, gid: 615001, umask: 63, fds: [] })`;

describe("the addon", () => {
  const scratch = useScratch();

  it("is missed with the one command that compiles", () => {
    const open = () => openLinuxHostOps(scratch.path("none.node"));
    expect(open).toThrow(HostError);
    expect(open).toThrow(
      expect.objectContaining({ code: "ERR_HOST_ADDON", next: "compile it with `make build`" }),
    );
    writeFileSync(scratch.path("bad.node"), "not a library");
    expect(() => openLinuxHostOps(scratch.path("bad.node"))).toThrow(
      expect.objectContaining({ code: "ERR_HOST_ADDON", errnoCode: "ENOEXEC" }),
    );
  });

  it("exports one symbol of each kind that Node-API needs, and no other", () => {
    const exported = execFileSync("nm", ["-D", "--defined-only", ADDON], { encoding: "utf8" })
      .split("\n")
      .map((line) => line.split(" ")[2])
      .filter((name) => name !== undefined);
    expect(exported.sort()).toEqual(["napi_register_module_v1", "node_api_module_get_api_version_v1"]);
  });

  /** A whole Node of its own runs `script`, with HostOps as `host`. */
  function node(script: string) {
    const code = `import { openLinuxHostOps } from ${JSON.stringify(INDEX)}; const host = openLinuxHostOps(); ${script}`;
    return spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  }

  it("keeps a program running while it waits, and only then", () => {
    const waiting = node(
      `console.log(JSON.stringify(await host.process.wait(await host.process.spawn${SPAWN})));`,
    );
    expect(waiting).toMatchObject({ status: 0, stdout: '{"code":5,"signal":null}\n' });
    const gone = node(`await host.process.spawn${SPAWN}; console.log("done");`);
    expect(gone).toMatchObject({ status: 0, stdout: "done\n", stderr: "" });
  });

  it("is torn down with a wait under way, by exit as well as by close", () => {
    const start = `const ref = await host.process.spawn${SPAWN}; const wait = host.process.wait(ref);`;
    expect(node(`${start} process.exit(3);`)).toMatchObject({ status: 3, stderr: "" });
    const closed = node(`${start} await host.close(); console.log(await wait.catch((error) => error.code));`);
    expect(closed).toMatchObject({ status: 0, stdout: "ERR_HOST_CLOSED\n", stderr: "" });
  });

  it("lives and dies with a worker, ten times over", async () => {
    const threads = () => readdirSync("/proc/self/task").length;
    const script = `
      const { parentPort } = require("node:worker_threads");
      const addon = require(${JSON.stringify(ADDON)});
      const watcher = new addon.ExitWatcher(() => {});
      const events = new addon.DmEventWatcher(() => {});
      events.setRef(true);
      events.watch(1n, "none", null);
      const copy = new addon.SparseCopy();
      copy.open(process.execPath, ${JSON.stringify(scratch.path("copy"))} + Math.random(), "never").then(() => copy.step(1n << 22n)).catch(() => {});
      watcher.watch(1n, process.pid, BigInt(require("node:fs").readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[19]))
        .then(() => parentPort.postMessage("watching"));
      setInterval(() => {}, 1000);`;
    const round = async () => {
      const worker = new Worker(script, { eval: true });
      await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
      await worker.terminate();
    };
    await round();
    const before = threads();
    for (let index = 0; index < 10; index += 1) await round();
    expect(threads()).toBe(before);
    // Copies that were not finished are gone.
    expect(readdirSync(scratch.path("."))).toEqual([]);
  });

  it("refuses what is no argument, and what would be cut short", () => {
    const addon = JSON.parse(
      node(`
        const { createRequire } = await import("node:module");
        const addon = createRequire("/")(${JSON.stringify(ADDON)});
        const bad = [
          () => new addon.SparseCopy().open("a", 1), () => new addon.SparseCopy().open("a\\0b", "c"), () => new addon.SparseCopy().step(1), () => addon.tapCreate("x", -1),
          () => addon.tapCreate("x", 1.5), () => addon.tapCreate("x", 2 ** 32), () => addon.tapCreate("x", 1, 1, new Uint8Array(5)), () => addon.tapCreate(),
          () => addon.loopConfigure({}), () => addon.processSignal(1, 5, 9), () => addon.processSignal(1, -5n, 9), () => addon.processSignal(1, 2n ** 64n, 9),
          () => new addon.ExitWatcher(),
          ...["/etc/passwd", "/proc/1/environ", "/proc/self/stat", "/proc//stat", "/proc/1/../stat", "/proc/1/task/1/stat", "/proc/1/stat/"].map((path) => () => addon.procRead(path)),
          () => new addon.DmEventWatcher(), () => new addon.DmEventWatcher(() => {}).watch(1n, "a", -1), () => addon.dmRename("a"),
          () => addon.loopSetDirectIo("a", 1), () => addon.preallocate("a", 0, 1n, true), () => addon.punchHole("a", 0n, -1n), () => addon.reflinkRange({}),
          () => addon.routeAdd(null, new Uint8Array(4), 33), () => addon.addressAdd(null, new Uint8Array(4), 32, null, 0, 0, ""),
          () => addon.neighbourSet(null, new Uint8Array(4), null, 0, ""), () => addon.linkSetUp("a", 1),
          () => addon.linkSet(0, {}, ""), () => addon.linkSet("a", { newName: "b" }, ""), () => addon.linkCreate({ name: "a" }),
          () => addon.addressDump(5), () => addon.linkIsolate(-1, true, ""),
        ];
        console.log(JSON.stringify(bad.map((call) => { try { call(); return "accepted"; } catch (error) { return error.name; } })));
      `).stdout,
    ) as string[];
    expect(addon.filter((name) => name !== "TypeError")).toEqual(["RangeError", "RangeError", "RangeError"]);
    expect(addon).toHaveLength(36);
  });

  it("lists each of its sources once", () => {
    const listed = readFileSync(path.join(TOP, "native/sources.txt"), "utf8").trim().split("\n");
    const there = readdirSync(path.join(TOP, "native/src"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".cc"))
      .map((name) => `src/${name}`);
    expect([...listed].sort()).toEqual(there.sort());
  });
});

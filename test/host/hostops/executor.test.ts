import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";

const INDEX = path.resolve(import.meta.dirname, "../../../src/host/linux/index.ts");
const scratch = useScratch();

/** A program of its own with `host`, so that how it ends is seen. */
function run(script: string) {
  const all = `import { openLinuxHostOps } from ${JSON.stringify(INDEX)};
    const host = openLinuxHostOps(process.env.BANGER_ADDON);
    ${script}`;
  const args = ["--input-type=module-typescript", "--no-warnings", "-e", all];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, signal, stdout, stderr };
}

describe("the addon's threads", () => {
  const host = openReal();
  afterEach(async () => {
    for (const { name } of await host.link.list("bgrx")) await host.link.delete(name);
  });
  afterAll(() => host.close());

  it("settle every call of a crowd, short ones, long ones and those that fail", async () => {
    const calls = Array.from({ length: 600 }, async (_, i) => {
      if (i % 3 === 0) return host.link.exists("lo");
      if (i % 3 === 1) return host.file.set(scratch.path("none"), { mode: 0o600 }).then(String, () => true);
      const file = scratch.path(`crowd-${i}`);
      await host.file.create(file, { mode: 0o600, sizeBytes: 4096n });
      rmSync(file);
      return true;
    });
    expect(new Set(await Promise.all(calls))).toEqual(new Set([true]));
  });

  it("begin what is short while others wait for the kernel", async () => {
    const names = ["bgrx0", "bgrx1", "bgrx2"];
    for (const name of names) await host.tap.create({ name, ownerUid: 1 });
    const order: string[] = [];
    // Each waits for an RCU grace period of its own.
    const deletions = names.map((name) => host.link.delete(name).then(() => order.push(name)));
    await host.link.exists("lo").then(() => order.push("short"));
    await Promise.all(deletions);
    expect(order).toHaveLength(4);
    expect(order.indexOf("short")).toBeLessThan(3);
  });

  it("keep a process alive while it waits for them, and no longer", () => {
    const ended = run(`
      process.on("exit", () => console.log("exit"));
      host.link.exists("lo").then((is) => console.log(is));`);
    expect(ended).toEqual({ status: 0, signal: null, stdout: "true\nexit\n", stderr: "" });
  });

  it("end with a process that does not wait for them", () => {
    const ended = run(`
      for (let i = 0; i < 50; i++) void host.link.list("");
      process.exit(3);`);
    expect(ended).toEqual({ status: 3, signal: null, stdout: "", stderr: "" });
  });

  it("are on any processor afterwards that the process may use", () => {
    const ended = run(`
      const { readdirSync, readFileSync } = await import("node:fs");
      const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
      const masks = new Set();
      const look = (file) => masks.add(/Cpus_allowed:\\s*(.*)/.exec(readFileSync(file, "utf8"))[1]);
      const base = { argv: ["sleep", "1000"], env: {}, cwd: "/", uid: 621031, gid: 621031, umask: 63, fds: [] };
      for (let i = 0; i < 10; i++) {
        await pause();
        // Of many operations, and nobody is at work: its thread is kept off the event loop's CPU. The next call has the same thread.
        const made = host.tap.create({ name: "bgrx8", ownerUid: 1, up: true });
        const spawned = host.process.spawn({ ...base, program: "/bin/sleep" });
        await made;
        const ref = await spawned;
        look(\`/proc/\${ref.pid}/status\`);
        await host.process.signal(ref, 9);
        await host.link.delete("bgrx8");
      }
      await pause();
      for (const task of readdirSync("/proc/self/task")) look(\`/proc/self/task/\${task}/status\`);
      console.log([...masks].length);`);
    expect(ended).toEqual({ status: 0, signal: null, stdout: "1\n", stderr: "" });
  });
});

import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";

const TOP = path.resolve(import.meta.dirname, "../../..");
const INDEX = path.join(TOP, "src/host/linux/index.ts");
const ADDON = path.join(TOP, "build/native/banger.node");

describe("the addon where the kernel refuses it something", () => {
  /** A whole Node of its own, whose limits and mounts are no one else's. */
  function node(script: string) {
    const code = `
      import { execFileSync } from "node:child_process";
      import { readFileSync } from "node:fs";
      const limit = (option) => execFileSync("prlimit", ["--pid", String(process.pid), option]);
      ${script}`;
    return spawnSync("unshare", ["--mount", process.execPath, "--input-type=module", "-e", code], {
      encoding: "utf8",
    });
  }

  it("without a thread for the events of devices, the wait is refused, and signals still come", () => {
    const { status, signal, stdout } = node(`
      const { createRequire } = await import("node:module");
      const addon = createRequire("/")(${JSON.stringify(ADDON)});
      const events = new addon.DmEventWatcher(() => {});
      limit("--nproc=1");
      process.setgid(615_002);
      process.setuid(615_002); // root has no such limit
      try {
        events.watch(1n, "none", null);
      } catch ({ errno, syscall }) {
        const blocked = /^SigBlk:\\s+(\\w+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1];
        console.log(JSON.stringify({ errno, syscall, blocked }));
      }`);
    expect({ status, signal, stdout: stdout.trim() }).toEqual({
      status: 0,
      signal: null,
      stdout: JSON.stringify({
        errno: -constants.errno.EAGAIN,
        syscall: "clone",
        blocked: "0000000000000000",
      }),
    });
  });

  it("without a look at the new process, spawn leaves none", () => {
    const { status, stdout, stderr } = node(`
      import { openLinuxHostOps } from ${JSON.stringify(INDEX)};
      const host = openLinuxHostOps();
      const spec = { program: "/bin/sleep", env: {}, cwd: "/", uid: 615003, gid: 615003, umask: 63, fds: [] };
      await host.process.wait(await host.process.spawn({ ...spec, argv: ["sleep", "0"] })); // the boot's id is known now
      execFileSync("umount", ["-l", "/proc"]);
      const error = await host.process.spawn({ ...spec, argv: ["sleep", "10"] }).catch((error) => error);
      const pid = Number(/^.proc.([0-9]+).stat$/.exec(error.object)[1]);
      try {
        process.kill(pid, 0);
        console.log("it is there");
      } catch ({ code }) {
        console.log(error.errnoCode, code);
      }
      await host.close();`);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "ESRCH ESRCH\n", stderr: "" });
  });
});

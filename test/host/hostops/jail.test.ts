import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { JailMount, ProcessSpawn } from "../../../src/host/host-ops.ts";
import { expectHostError } from "../../contract/support/errors.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";
import { mounts } from "./support/proc.ts";

const UID = 613_001;
const SYSTEM: JailMount[] = [
  { kind: "bind", source: "/usr", target: "/usr", readOnly: true },
  ...["/bin", "/lib", "/lib64", "/no-such-directory"].map(
    (directory): JailMount => ({
      kind: "bind-if-there",
      source: directory,
      target: directory,
      readOnly: true,
    }),
  ),
];
const BASE = {
  env: { PATH: "/usr/bin:/bin" },
  cwd: "/",
  uid: UID,
  gid: UID,
  umask: 0o77,
  fds: [],
} satisfies Partial<ProcessSpawn>;

describe("jail", () => {
  const host = openReal();
  const scratch = useScratch();
  afterAll(() => host.close());

  /** Runs a shell script in the jail and gives what it printed. */
  async function inside(script: string, jail: JailMount[]): Promise<string> {
    const log = scratch.path(`log-${Math.random()}`);
    const ref = await host.process.spawn({
      ...BASE,
      program: "/bin/sh",
      argv: ["sh", "-c", script],
      fds: [
        { target: 1, kind: "log", path: log },
        { target: 2, kind: "log", path: log },
      ],
      jail: [...SYSTEM, ...jail],
    });
    await host.process.wait(ref);
    return readFileSync(log, "utf8");
  }

  it("shows only what it was given", async () => {
    writeFileSync(scratch.path("disk"), "data");
    const disk: JailMount = {
      kind: "bind",
      source: scratch.path("disk"),
      target: "/vm/disk",
      readOnly: false,
    };
    const seen = await inside("ls / /vm; ls /etc /root /home /proc /sys 2>&-", [disk]);
    const system = ["bin", "lib", "lib64", "usr"].filter((name) => existsSync(`/${name}`));
    expect(seen.split("\n").filter((line) => line !== "")).toEqual(["/:", ...system, "vm", "/vm:", "disk"]);
  });

  it("lets it write where it may, and nowhere else", async () => {
    const { chownSync } = await import("node:fs");
    mkdirSync(scratch.path("own"));
    chownSync(scratch.path("own"), UID, UID);
    for (const name of ["rw", "ro"]) {
      writeFileSync(scratch.path(name), "old\n");
      chownSync(scratch.path(name), UID, UID);
    }
    const seen = await inside(
      "exec 2>&-; for f in /rw /ro /own/new /x /usr/x /made/x /tmp/x; do (echo new > $f) && echo wrote $f; done; stat -c %a,%u /made /tmp",
      [
        { kind: "bind", source: scratch.path("rw"), target: "/rw", readOnly: false },
        { kind: "bind", source: scratch.path("ro"), target: "/ro", readOnly: true },
        { kind: "bind", source: scratch.path("own"), target: "/own", readOnly: false },
        { kind: "directory", target: "/made", mode: 0o750 },
        { kind: "tmpfs", target: "/tmp", sizeBytes: 65536 },
      ],
    );
    expect(seen.trim().split("\n")).toEqual([
      "wrote /rw",
      "wrote /own/new",
      "wrote /made/x",
      "wrote /tmp/x",
      `750,${UID}`,
      `700,${UID}`,
    ]);
    expect(readFileSync(scratch.path("rw"), "utf8")).toBe("new\n");
    expect(readFileSync(scratch.path("ro"), "utf8")).toBe("old\n");
    expect(readdirSync(scratch.path("own"))).toEqual(["new"]);
  });

  it("gives it device nodes that work: bound where all may, its own where the host's is root's", async () => {
    const seen = await inside(
      "echo x > /dev/null && echo null; head -c 3 /dev/zero | wc -c; (: < /dev/net/tun) && echo tun; (: < /dev/control) || echo no control",
      [
        { kind: "bind", source: "/dev/null", target: "/dev/null", readOnly: false },
        { kind: "device", source: "/dev/zero", target: "/dev/zero" },
        { kind: "device", source: "/dev/net/tun", target: "/dev/net/tun" },
        { kind: "bind", source: "/dev/loop-control", target: "/dev/control", readOnly: false },
      ],
    );
    expect(seen.split("\n").filter((line) => !line.includes("sh:"))).toEqual([
      "null",
      "3",
      "tun",
      "no control",
      "",
    ]);
  });

  it("has its own mounts, without set-uid, and the host has none of them", async () => {
    const before = mounts("self");
    const spec: ProcessSpawn = {
      ...BASE,
      program: "/bin/sleep",
      argv: ["sleep", "1000"],
      jail: [...SYSTEM, { kind: "proc", target: "/proc" }],
    };
    const ref = await host.process.spawn(spec);
    const seen = mounts(ref.pid);
    expect([...seen.keys()].sort()).toEqual(
      ["/", "/proc", "/usr", ...["/bin", "/lib", "/lib64"].filter((name) => existsSync(name))].sort(),
    );
    expect(seen.get("/usr")).toMatch(/^ro,nosuid,nodev/);
    for (const options of seen.values()) expect(options).toContain("nosuid");
    expect(mounts("self")).toEqual(before);
    await host.process.signal(ref, 9);
    await host.process.wait(ref);
    expect(mounts("self")).toEqual(before);
  });

  it("a symlink made in the jail leads no target out of it", async () => {
    const name = `banger-escape-${process.pid}`;
    const seen = await inside(`ls -d /etc/${name}/deep`, [
      { kind: "symlink", source: "/etc", target: "/trap" },
      { kind: "directory", target: "/etc", mode: 0o755 },
      { kind: "directory", target: `/trap/${name}/deep`, mode: 0o755 },
    ]);
    expect(seen.trim()).toBe(`/etc/${name}/deep`);
    expect(existsSync(`/etc/${name}`)).toBe(false);
  });

  it("shows only its own processes in its /proc", async () => {
    const seen = await inside("ls -d /proc/[0-9]* | wc -l; ls /proc/1 2>&1 | head -1", [
      { kind: "proc", target: "/proc" },
    ]);
    expect(Number(seen.split("\n")[0])).toBeLessThanOrEqual(3);
    expect(seen).toContain("No such file");
  });

  it.each([
    ["open_tree", { kind: "bind", source: "/no-such", target: "/x", readOnly: true }, "ERR_HOST_NOT_FOUND"],
    ["mkdir", { kind: "directory", target: "/usr/not-here/x", mode: 0o755 }, "ERR_HOST_PERMISSION"],
    ["symlink", { kind: "symlink", source: "/a", target: "/usr" }, "ERR_HOST_EXISTS"],
    ["move_mount", { kind: "bind", source: "/etc", target: "/file", readOnly: true }, "ERR_HOST_INVALID"],
    ["stat", { kind: "device", source: "/etc/passwd", target: "/x" }, "ERR_HOST_NOT_FOUND"],
  ] as const)("a failing %s is named and leaves no mount, process or file", async (syscall, mount, code) => {
    const before = mounts("self");
    writeFileSync(scratch.path("file"), "");
    const jail: JailMount[] = [
      ...SYSTEM,
      { kind: "bind", source: scratch.path("file"), target: "/file", readOnly: true },
      mount,
    ];
    const error = await expectHostError(
      host.process.spawn({ ...BASE, program: "/bin/true", argv: ["true"], jail }),
      code,
    );
    expect(error.syscall).toBe(syscall);
    expect(mounts("self")).toEqual(before);
    expect(await host.process.listByUid({ first: UID, last: UID })).toEqual([]);
    expect(existsSync("/usr/not-here")).toBe(false);
    expect(statSync("/").isDirectory()).toBe(true);
  });
});

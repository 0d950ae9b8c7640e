import { describe, expect, it } from "vitest";
import type { JailMount, ProcessSpawn } from "../../../src/host/host-ops.ts";
import { toNativeSpawn } from "../../../src/host/linux/process-spawn.ts";
import { checkSpawn } from "../../../src/host/spawn-checks.ts";

const SPEC: ProcessSpawn = {
  program: "/bin/true",
  argv: ["true"],
  env: { A: "b=c" },
  cwd: "/",
  uid: 1,
  gid: 2,
  umask: 0o77,
  fds: [],
};
const withJail = (jail: JailMount[]): ProcessSpawn => ({ ...SPEC, jail });
const invalid = expect.objectContaining({ code: "ERR_HOST_INVALID" });

describe("a spawn", () => {
  it("has absolute, normal paths", () => {
    checkSpawn(SPEC);
    checkSpawn(withJail([{ kind: "symlink", source: "usr/lib", target: "/lib" }]));
    for (const bad of ["", "/", "a", "./a", "/a/", "/a//b", "/../a", "/a/."]) {
      expect(() => checkSpawn({ ...SPEC, program: bad })).toThrow(invalid);
      expect(() => checkSpawn(withJail([{ kind: "proc", target: bad }]))).toThrow(invalid);
      const bind: JailMount = { kind: "bind", source: bad, target: "/x", readOnly: true };
      expect(() => checkSpawn(withJail([bind]))).toThrow(invalid);
    }
  });

  it("does not contradict itself", () => {
    const bad: Partial<ProcessSpawn>[] = [
      { chroot: "/x", jail: [] },
      { chroot: "relative" },
      { netns: "a/b" },
      { capabilities: ["CAP_NONE" as "CAP_KILL"] },
      { rlimits: { core: -1n } },
      { rlimits: { core: 2n ** 64n } },
      { rlimits: { core: { soft: "unlimited", hard: 5n } } },
      { rlimits: { core: 5 as unknown as bigint } },
    ];
    for (const part of bad) expect(() => checkSpawn({ ...SPEC, ...part })).toThrow(invalid);
  });

  it("becomes the addon's form, every field present", () => {
    const native = toNativeSpawn({
      ...withJail([
        { kind: "bind-if-there", source: "/lib64", target: "/lib64", readOnly: true },
        { kind: "tmpfs", target: "/tmp", sizeBytes: 4096 },
      ]),
      fds: [{ target: 3, kind: "tap", name: "bgr0" }],
      rlimits: { nofile: 10n, core: { soft: 0n, hard: "unlimited" } },
      capabilities: ["CAP_CHOWN", "CAP_NET_ADMIN", "CAP_CHECKPOINT_RESTORE"],
      groups: [7],
      netns: "n",
      cgroup: "/c",
    });
    expect(native).toEqual({
      ...SPEC,
      env: ["A=b=c"],
      fds: [{ target: 3, kind: "tap", path: "bgr0", writable: true }],
      rlimits: [
        { name: "nofile", soft: 10n, hard: 10n },
        { name: "core", soft: 0n, hard: 2n ** 64n - 1n },
      ],
      capabilities: (1n << 0n) | (1n << 12n) | (1n << 40n),
      groups: [7],
      session: true,
      noNewPrivileges: true,
      ownMounts: false,
      chroot: null,
      netns: "/run/netns/n",
      jail: [
        {
          kind: "bind",
          source: "/lib64",
          target: "/lib64",
          readOnly: true,
          optional: true,
          mode: 0o755,
          sizeBytes: 0n,
        },
        {
          kind: "tmpfs",
          source: "",
          target: "/tmp",
          readOnly: false,
          optional: false,
          mode: 0o755,
          sizeBytes: 4096n,
        },
      ],
      cgroup: "/c",
    });
    expect(toNativeSpawn(SPEC)).toMatchObject({
      jail: null,
      cgroup: null,
      rlimits: [],
      netns: "",
      capabilities: 0n,
    });
    expect(() => toNativeSpawn({ ...SPEC, env: { "A=B": "" } })).toThrow(invalid);
  });
});

import { describe, expect, it } from "vitest";
import type { JailMount, ProcessSpawn } from "../../../src/host/host-ops.ts";
import { toNativeSpawn } from "../../../src/host/linux/process-spawn.ts";
import { checkSpawnPaths } from "../../../src/host/spawn-checks.ts";

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
    checkSpawnPaths(SPEC);
    checkSpawnPaths(withJail([{ kind: "symlink", source: "usr/lib", target: "/lib" }]));
    for (const bad of ["", "/", "a", "./a", "/a/", "/a//b", "/../a", "/a/."]) {
      expect(() => checkSpawnPaths({ ...SPEC, program: bad })).toThrow(invalid);
      expect(() => checkSpawnPaths(withJail([{ kind: "proc", target: bad }]))).toThrow(invalid);
      const bind: JailMount = { kind: "bind", source: bad, target: "/x", readOnly: true };
      expect(() => checkSpawnPaths(withJail([bind]))).toThrow(invalid);
    }
  });

  it("becomes the addon's form, every field present", () => {
    const native = toNativeSpawn({
      ...withJail([
        { kind: "bind-if-there", source: "/lib64", target: "/lib64", readOnly: true },
        { kind: "tmpfs", target: "/tmp", sizeBytes: 4096 },
      ]),
      fds: [{ target: 3, kind: "tap", name: "bgr0" }],
      rlimits: { nofile: 10n },
      cgroup: "/c",
    });
    expect(native).toEqual({
      ...SPEC,
      env: ["A=b=c"],
      fds: [{ target: 3, kind: "tap", path: "bgr0", writable: true }],
      rlimits: [{ name: "nofile", value: 10n }],
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
    expect(toNativeSpawn(SPEC)).toMatchObject({ jail: null, cgroup: null, rlimits: [] });
    expect(() => toNativeSpawn({ ...SPEC, env: { "A=B": "" } })).toThrow(invalid);
  });
});

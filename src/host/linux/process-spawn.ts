import { invalid } from "../host-error.ts";
import type { JailMount, ProcessFd, ProcessSpawn } from "../host-ops.ts";
import type { NativeMount, NativeSpawn } from "./addon.ts";

/** The addon's form of a spawn: every field present. ERR_HOST_INVALID for what could not work. */
export function toNativeSpawn(spec: ProcessSpawn): NativeSpawn {
  checkPath("program", spec.program);
  checkPath("cwd", spec.cwd);
  return {
    program: spec.program,
    argv: spec.argv,
    env: Object.entries(spec.env).map(([name, value]) => `${checkName(name)}=${value}`),
    cwd: spec.cwd,
    uid: spec.uid,
    gid: spec.gid,
    umask: spec.umask,
    fds: spec.fds.map(toNativeFd),
    rlimits: Object.entries(spec.rlimits ?? {}).map(([name, value]) => ({ name, value })),
    jail: spec.jail?.map(toNativeMount) ?? null,
    cgroup: spec.cgroup ?? null,
  };
}

function toNativeFd(fd: ProcessFd): NativeSpawn["fds"][number] {
  const { target, kind } = fd;
  switch (fd.kind) {
    case "null":
      return { target, kind, path: "", writable: true };
    case "file":
      return { target, kind, path: fd.path, writable: fd.access === "readwrite" };
    case "log":
      return { target, kind, path: fd.path, writable: true };
    case "tap":
      return { target, kind, path: fd.name, writable: true };
  }
}

function toNativeMount(mount: JailMount): NativeMount {
  checkPath("jail", mount.target);
  const base: NativeMount = {
    kind: mount.kind === "bind-if-there" ? "bind" : mount.kind,
    source: "source" in mount ? mount.source : "",
    target: mount.target,
    readOnly: "readOnly" in mount ? mount.readOnly : false,
    optional: mount.kind === "bind-if-there",
    mode: "mode" in mount ? mount.mode : 0o755,
    sizeBytes: "sizeBytes" in mount ? BigInt(mount.sizeBytes) : 0n,
  };
  if (base.kind === "bind" || base.kind === "device") checkPath("jail", base.source);
  return base;
}

/** Absolute, normal, and not the root itself where that could not be. */
function checkPath(what: string, path: string): void {
  const normal =
    path.startsWith("/") &&
    path
      .split("/")
      .slice(1)
      .every((part) => part !== "." && part !== ".." && part !== "");
  const rootAllowed = what === "cwd" && path === "/";
  if (!normal && !rootAllowed) throw invalid("spawn", path, `${what} must be an absolute, normal path`);
}

function checkName(name: string): string {
  if (name === "" || name.includes("="))
    throw invalid("spawn", name, "not a name of an environment variable");
  return name;
}

import type { JailMount, ProcessFd, ProcessSpawn } from "../host-ops.ts";
import { netnsPath } from "../netns-name.ts";
import { capabilityMask, rlimitNumbers } from "../privilege-names.ts";
import { checkSpawn } from "../spawn-checks.ts";
import type { NativeMount, NativeSpawn } from "./addon.ts";

/** The addon's form of a spawn: every field present. ERR_HOST_INVALID for what could not work. */
export function toNativeSpawn(spec: ProcessSpawn): NativeSpawn {
  checkSpawn(spec);
  return {
    program: spec.program,
    argv: spec.argv,
    env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    cwd: spec.cwd,
    uid: spec.uid,
    gid: spec.gid,
    groups: spec.groups ?? [],
    umask: spec.umask,
    session: spec.session ?? true,
    noNewPrivileges: spec.noNewPrivileges ?? true,
    capabilities: capabilityMask(spec.capabilities ?? []),
    fds: spec.fds.map(toNativeFd),
    rlimits: Object.entries(spec.rlimits ?? {}).map(([name, limit]) => ({
      name,
      ...rlimitNumbers(name, limit),
    })),
    ownMounts: spec.mountNamespace ?? false,
    jail: spec.jail?.map(toNativeMount) ?? null,
    chroot: spec.chroot ?? null,
    netns: spec.netns === undefined ? "" : netnsPath(spec.netns),
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
    case "fifo":
      return { target, kind, path: fd.path, writable: true };
    case "tap":
      return { target, kind, path: fd.name, writable: true };
    case "inherit":
      return { target, kind, path: "", writable: true, source: fd.fd };
  }
}

function toNativeMount(mount: JailMount): NativeMount {
  return {
    kind: mount.kind === "bind-if-there" ? "bind" : mount.kind,
    source: "source" in mount ? mount.source : "",
    target: mount.target,
    readOnly: "readOnly" in mount ? mount.readOnly : false,
    optional: mount.kind === "bind-if-there",
    mode: "mode" in mount ? mount.mode : 0o755,
    sizeBytes: "sizeBytes" in mount ? BigInt(mount.sizeBytes) : 0n,
  };
}

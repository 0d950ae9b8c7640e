import { fstatSync } from "node:fs";
import { access, appendFile, chmod, stat } from "node:fs/promises";
import { HostError, invalid } from "../host-error.ts";
import type { ProcessSpawn } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { checkSpawn } from "../spawn-checks.ts";
import type { FakeKernel } from "./kernel.ts";

/** The failures that a real spawn has before execve, and of execve. */
export async function checkFakeSpawn(spec: ProcessSpawn, kernel: FakeKernel): Promise<void> {
  checkSpawn(spec);
  const targets = spec.fds.map((fd) => fd.target);
  if (new Set(targets).size < targets.length)
    throw invalid("spawn", spec.program, "a descriptor is given twice");
  if (spec.cgroup !== undefined && !kernel.cgroups.has(spec.cgroup)) {
    throw new HostError({ errnoCode: "ENOENT", syscall: "open", object: spec.cgroup });
  }
  for (const mount of spec.jail ?? []) {
    if (mount.kind === "bind") await exists(mount.source, "open_tree");
    if (mount.kind === "device") await exists(mount.source, "stat");
  }
  if (spec.chroot !== undefined) await exists(spec.chroot, "chroot");
  // Inside a jail the path is not the host's.
  if (spec.jail === undefined && spec.chroot === undefined) await exists(spec.program, "execve");
}

/** Attaches TAPs, which are among `links`, and makes logs; returns what gives them back. */
export async function openFds(
  spec: ProcessSpawn,
  pid: number,
  kernel: FakeKernel,
  links: FakeKernel,
): Promise<() => void> {
  const taken: (() => void)[] = [];
  const release = () => {
    for (const give of taken.splice(0)) give();
  };
  try {
    for (const fd of spec.fds) {
      if (fd.kind === "file") await exists(fd.path, "open");
      if (fd.kind === "inherit") isOpen(fd.fd);
      if (fd.kind === "log") await openLog(fd.path);
      if (fd.kind === "tap") taken.push(attach(links, fd.name, pid));
    }
  } catch (error) {
    release();
    throw error;
  }
  if (spec.cgroup !== undefined) {
    const { pids } = kernel.cgroups.get(spec.cgroup) ?? { pids: new Set<number>() };
    pids.add(pid);
    taken.push(() => pids.delete(pid));
  }
  return release;
}

function attach(kernel: FakeKernel, name: string, pid: number): () => void {
  const link = kernel.link(name, "ioctl(TUNSETIFF)");
  if (link.attachedBy !== null) {
    throw new HostError({ errnoCode: "EBUSY", syscall: "ioctl(TUNSETIFF)", object: name });
  }
  link.attachedBy = pid;
  return () => {
    link.attachedBy = null;
  };
}

async function openLog(path: string): Promise<void> {
  await host(path, async () => {
    await appendFile(path, "", { mode: 0o600 });
    if (!(await stat(path)).isFile()) throw invalid("open", path, "not a regular file");
    await chmod(path, 0o600);
  });
}

function isOpen(fd: number): void {
  try {
    fstatSync(fd);
  } catch {
    throw new HostError({
      errnoCode: "EBADF",
      syscall: "fcntl(F_DUPFD_CLOEXEC)",
      object: `descriptor ${fd}`,
    });
  }
}

async function exists(path: string, syscall: string): Promise<void> {
  try {
    await access(path);
  } catch {
    throw new HostError({ errnoCode: "ENOENT", syscall, object: path });
  }
}

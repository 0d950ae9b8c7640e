import { invalid } from "./host-error.ts";
import type { JailMount, ProcessSpawn } from "./host-ops.ts";
import { checkOwner } from "./ids.ts";
import { checkNetnsName } from "./netns-name.ts";
import { capabilityMask, rlimitNumbers } from "./privilege-names.ts";

/** Descriptors of a new process: the addon's limit too. */
const MOST_DESCRIPTOR = 1023;

/**
 * ERR_HOST_INVALID for paths that could mean another place than they say, for what contradicts itself, for names and numbers that are none,
 * and for what the kernel would quietly take as something else.
 */
export function checkSpawn(spec: ProcessSpawn): void {
  checkPath("program", spec.program);
  if (spec.cwd !== "/") checkPath("cwd", spec.cwd);
  for (const text of spec.argv) checkText("an argument", text);
  checkEnvironment(spec.env);
  checkNumbers(spec);
  for (const mount of spec.jail ?? []) checkMount(mount);
  if (spec.chroot !== undefined) checkPath("chroot", spec.chroot);
  if (spec.chroot !== undefined && spec.jail !== undefined)
    throw invalid("spawn", spec.program, "a process has a jail or a chroot, not both");
  if (spec.netns !== undefined) checkNetnsName(spec.netns);
  capabilityMask(spec.capabilities ?? []);
  for (const [name, limit] of Object.entries(spec.rlimits ?? {})) rlimitNumbers(name, limit);
}

function checkNumbers({ uid, gid, groups = [], umask, fds }: ProcessSpawn): void {
  checkOwner("spawn", { uid, gid });
  for (const group of groups) checkOwner("spawn", { gid: group });
  checkInteger("umask", umask, 0, 0o777);
  for (const { target } of fds) checkInteger("a descriptor", target, 0, MOST_DESCRIPTOR);
}

function checkMount(mount: JailMount): void {
  checkPath("a target in the jail", mount.target);
  if (mount.kind === "bind" || mount.kind === "bind-if-there" || mount.kind === "device")
    checkPath("a source of the jail", mount.source);
  if (mount.kind === "directory") checkInteger("a mode", mount.mode, 0, 0o7777);
  // To tmpfs(5), 0 is no limit at all.
  if (mount.kind === "tmpfs") checkInteger("a tmpfs's size", mount.sizeBytes, 1, Number.MAX_SAFE_INTEGER);
}

function checkEnvironment(env: ProcessSpawn["env"]): void {
  for (const [name, value] of Object.entries(env)) {
    if (name === "" || name.includes("="))
      throw invalid("spawn", name, "not a name of an environment variable");
    checkText("an environment variable", name);
    checkText(`the value of ${name}`, value);
  }
}

function checkInteger(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw invalid("spawn", String(value), `${what} is a whole number from ${least} to ${most}`);
}

/** The kernel's texts end at a NUL; `undefined` would be a text to us. */
function checkText(what: string, text: string): void {
  if (typeof text !== "string" || text.includes("\0"))
    throw invalid("spawn", String(text), `${what} must be text without a NUL`);
}

/** Absolute, without empty parts, `.` and `..`; not the root itself. */
function checkPath(what: string, path: string): void {
  checkText(what, path);
  const [first, ...parts] = path.split("/");
  const normal =
    first === "" && parts.length > 0 && parts.every((part) => part !== "." && part !== ".." && part !== "");
  if (!normal) throw invalid("spawn", path, `${what} must be an absolute, normal path`);
}

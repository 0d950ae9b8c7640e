import type { HostErrorCode, HostErrorFacts } from "./host-error.ts";

/** What to load where the kernel has not got it, by what the failed call was about. */
const MODULES: readonly [RegExp, string][] = [
  [/^\/dev\/net\/tun$/, "load it: `modprobe tun`"],
  [/^\/dev\/loop-control$/, "load it: `modprobe loop`"],
  [/^\/dev\/mapper\/control$/, "load it: `modprobe dm_mod`"],
];

/** What the call needs, by its name. */
const RIGHTS: readonly [RegExp, string][] = [
  [/^(netlink|socket|ioctl\((TUN|SIOC))/, "CAP_NET_ADMIN"],
  [/^(u?mount2?|unshare|setns|pivot_root|open_tree|mount_setattr|ioctl\((LOOP|DM))/, "CAP_SYS_ADMIN"],
  [/^(setgroups|setresgid|setresuid|prctl|capset)/, "CAP_SETUID, CAP_SETGID and CAP_SETPCAP"],
  [/^chroot/, "CAP_SYS_CHROOT"],
  [/^prlimit64/, "CAP_SYS_RESOURCE"],
  [/^pidfd_send_signal/, "CAP_KILL"],
];

/** The next step where code, call and object say it; the caller's own is better. */
export function nextStep(code: HostErrorCode, facts: HostErrorFacts): string | undefined {
  const { errnoCode, syscall, object } = facts;
  if (code === "ERR_HOST_UNSUPPORTED") {
    if (syscall === "netlink(RTM_NEWLINK)") return "load the module of that kind of link: `modprobe dummy`";
    return MODULES.find(([pattern]) => pattern.test(object))?.[1];
  }
  // EACCES is mostly a file's mode; of a device's node, it is that only root opens it.
  if (errnoCode === "EACCES") return object.startsWith("/dev/") ? "run it as root" : undefined;
  if (errnoCode !== "EPERM") return undefined;
  const right = RIGHTS.find(([pattern]) => pattern.test(syscall))?.[1];
  return right === undefined ? undefined : `run it as root, or with ${right}`;
}

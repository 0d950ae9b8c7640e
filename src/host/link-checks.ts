import { checkLinkName } from "./addresses.ts";
import { invalid } from "./host-error.ts";
import type { LinkSysctl, TapChange } from "./host-ops.ts";
import { numberOf, OFFLOADS } from "./net-names.ts";

/** The file of one setting of one link; ERR_HOST_INVALID for what would be another file of /proc/sys. */
export function sysctlPath({ family, link, key }: LinkSysctl): string {
  if (!/^[a-z0-9_]+$/.test(key)) throw invalid("sysctl", key, "not the name of a link's setting");
  if (family !== 4 && family !== 6) throw invalid("sysctl", String(family), "neither 4 nor 6");
  return `/proc/sys/net/ipv${family}/conf/${checkLinkName(link)}/${key}`;
}

/** What is written to such a file. ERR_HOST_INVALID for nothing at all, which the kernel takes for done, and for two values, of which it takes the first. */
export function sysctlText(of: LinkSysctl, value: string | number): string {
  const text = String(value);
  if (!/^[^\s\0]+$/.test(text)) throw invalid("write", sysctlPath(of), "not one value");
  return text;
}

/** Those that the kernel reads under the rtnl lock: addrconf_sysctl_addr_gen_mode and _stable_secret of net/ipv6/addrconf.c. */
const READ_UNDER_RTNL = ["addr_gen_mode", "stable_secret"];

/** The same for a read that must not wait: ERR_HOST_INVALID too for what is read under the rtnl lock. */
export function sysctlPathWithoutWait(of: LinkSysctl): string {
  if (of.family === 6 && READ_UNDER_RTNL.includes(of.key))
    throw invalid("sysctl", of.key, "reading it takes the rtnl lock: `link.readSysctl` waits for that");
  return sysctlPath(of);
}

/** TUN_F_* as the kernel takes them; ERR_HOST_INVALID for sets that it never does. */
export function offloadBits(offloads: TapChange["offloads"]): number | undefined {
  if (offloads === undefined) return undefined;
  const bits = offloads.map((offload) => numberOf(OFFLOADS, offload)).reduce((all, bit) => all | bit, 0);
  const segments = OFFLOADS.tso4 | OFFLOADS.tso6;
  const words = offloads.join(" ");
  if (bits > OFFLOADS.checksum && (bits & OFFLOADS.checksum) === 0)
    throw invalid("ioctl(TUNSETOFFLOAD)", words, "every offload needs `checksum`");
  if ((bits & OFFLOADS.ecn) !== 0 && (bits & segments) === 0)
    throw invalid("ioctl(TUNSETOFFLOAD)", words, "`ecn` needs `tso4` or `tso6`");
  return bits;
}

/** ERR_HOST_INVALID for a header that no reader of a TAP knows. */
export function checkVnetHeader(bytes: number | undefined): number | undefined {
  if (bytes !== undefined && !(Number.isInteger(bytes) && bytes >= 10 && bytes <= 64))
    throw invalid("ioctl(TUNSETVNETHDRSZ)", String(bytes), "a virtio-net header has 10 to 64 bytes");
  return bytes;
}

/** ERR_HOST_INVALID for the default group, of which every other link is. */
export function checkDeletableGroup(group: number): number {
  if (!Number.isInteger(group) || group < 1 || group > 0x7fff_ffff)
    throw invalid("netlink(RTM_DELLINK)", `link group ${group}`, "not a group other than the default one");
  return group;
}

import type { DoctorCheck } from "../../domain/doctor.ts";
import type { Problem } from "../../domain/ports.ts";
import { fail, pass, warn } from "../check.ts";

/** NET-1: the range of the VMs' addresses overlaps nothing that the host reaches; `problems` suggest a free one. */
export function checkNetwork(cidr: string, problems: readonly Problem[]): DoctorCheck {
  const [first] = problems;
  if (first === undefined) return pass("network", `${cidr} is free for VMs`);
  return fail("network", problems.map(({ message }) => message).join("; "), { next: first.next });
}

const SETTINGS = "/proc/sys";

/** Whether the daemon can let guests' links and their uplink forward (NET-3): it does so while VMs run, and not after. */
export function checkForwarding(writable: boolean): DoctorCheck {
  if (writable)
    return pass("forwarding", "guests' packets are forwarded while VMs run; the host's own switch stays");
  return warn("forwarding", `${SETTINGS} is read-only: guests reach this host and nothing beyond it`, {
    command: `mount -o remount,bind,rw ${SETTINGS}`,
  });
}

const LET_THROUGH =
  "let links named bgr* through there, in both directions; banger filters what they may reach";

/**
 * `unjudged`: how many VMs run without packet rules, which somebody flushed while no daemon ran. `blocked`: chains of other programs that
 * refuse what they do not know, and that nobody else may change. `legacy`: the tables of the kernel's older packet filter that are in use
 * (/proc/net/ip_tables_names), of which nftables shows nothing.
 */
export function checkFirewall(
  unjudged: number,
  blocked: readonly string[],
  legacy: readonly string[],
): DoctorCheck {
  if (unjudged > 0)
    return warn(
      "firewall",
      `banger's packet rules are gone: nothing keeps the VMs that run (${unjudged}) from what they may not reach`,
      { command: "banger daemon start" },
    );
  if (blocked.length > 0)
    return warn(
      "firewall",
      `${blocked.join(", ")} refuses what it does not know, and lets nobody else add to it`,
      { next: LET_THROUGH },
    );
  if (legacy.includes("filter"))
    return warn("firewall", "banger cannot see the rules of iptables-legacy, which is in use here", {
      next: `where \`iptables-legacy -S\` refuses what it does not know, ${LET_THROUGH}`,
    });
  return pass("firewall", "no other firewall keeps guests from what they may reach");
}

/** From where on the table of connections is as good as full. */
const MUCH = 0.8;

/** What the kernel tracks of connections (NET-3): those of VMs that are gone are taken back, and there is room for more. Null: it does not let us. */
export function checkConnections(usage: { entries: number; most: number | null } | null): DoctorCheck {
  if (usage === null) {
    const message =
      "this kernel does not let connections be forgotten: what answers a VM that is gone may reach the next one at its address";
    return warn("connections", message, { command: "modprobe nf_conntrack_netlink" });
  }
  const { entries, most } = usage;
  const used = `${entries}${most === null ? "" : ` of ${most}`} connections are tracked`;
  if (most === null || entries < most * MUCH) return pass("connections", used);
  return warn(
    "connections",
    `${used}: when none are left, new ones fail, those of guests and the host's own`,
    {
      command: `sysctl -w net.netfilter.nf_conntrack_max=${2 * most}`,
    },
  );
}

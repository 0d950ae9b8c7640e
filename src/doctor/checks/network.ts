import type { DoctorCheck } from "../../domain/doctor.ts";
import type { Problem } from "../../domain/ports.ts";
import { fail, pass, warn } from "../check.ts";

/** NET-1: the range of the VMs' addresses overlaps nothing that the host reaches; `problems` suggest a free one. */
export function checkNetwork(cidr: string, problems: readonly Problem[]): DoctorCheck {
  const [first] = problems;
  if (first === undefined) return pass("network", `${cidr} is free for VMs`);
  return fail("network", problems.map(({ message }) => message).join("; "), { next: first.next });
}

const SWITCH = "net.ipv4.ip_forward";

/** `value` is what /proc/sys/net/ipv4/ip_forward holds. */
export function checkForwarding(value: string): DoctorCheck {
  if (value.trim() === "1")
    return pass("forwarding", `${SWITCH} is 1: what this host routes to, guests reach`);
  return warn("forwarding", `${SWITCH} is ${value.trim()}: guests reach this host and nothing beyond it`, {
    command: `sysctl -w ${SWITCH}=1`,
  });
}

import { invalid } from "./host-error.ts";
import type { CapabilityName, Rlimit, RlimitValue } from "./host-ops.ts";

/** In the order of their numbers in linux/capability.h, from 0. */
const CAPABILITIES: readonly CapabilityName[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
];

const UNLIMITED = 2n ** 64n - 1n;

/** Bit N for capability N; ERR_HOST_INVALID for a name that is none. */
export function capabilityMask(names: readonly CapabilityName[]): bigint {
  return names.reduce((mask, name) => {
    const number = CAPABILITIES.indexOf(name);
    if (number < 0) throw invalid("spawn", name, "not the name of a capability");
    return mask | (1n << BigInt(number));
  }, 0n);
}

/** Soft and hard as setrlimit has them; ERR_HOST_INVALID where the soft is above the hard, or one is no u64. */
export function rlimitNumbers(name: string, limit: Rlimit): { soft: bigint; hard: bigint } {
  const both = typeof limit === "object" ? limit : { soft: limit, hard: limit };
  const [soft, hard] = [numberOf(name, both.soft), numberOf(name, both.hard)];
  if (soft > hard) throw invalid("spawn", name, "the soft limit is above the hard one");
  return { soft, hard };
}

function numberOf(name: string, value: RlimitValue): bigint {
  const number = value === "unlimited" ? UNLIMITED : value;
  if (typeof number !== "bigint" || number < 0n || number > UNLIMITED)
    throw invalid("spawn", name, "a limit is an unsigned 64-bit BigInt");
  return number;
}

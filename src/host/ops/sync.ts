import type { LinkOps } from "./link.ts";
import type { NetnsOps } from "./netns.ts";
import type { ProcessOps } from "./process.ts";

/** A call as it is when it does not return a promise: the same arguments, and what the promise would become. */
export type Twin<Call> = Call extends (...args: infer Args) => Promise<infer Answer>
  ? (...args: Args) => Answer
  : never;

/** The twins of some calls, under the same names. */
export type Twins<Ops, Names extends keyof Ops> = { readonly [Name in Names]: Twin<Ops[Name]> };

/**
 * The synchronous twins, of those calls that cannot wait: which the kernel answers from memory, under no lock that anybody holds across
 * I/O, an RCU grace period, a change of a link (the rtnl lock) or the loading of a module. For handlers of `exit`, and for a look in the
 * middle of something. Each has the name, the arguments and the answer of its asynchronous twin, and throws what that rejects with;
 * `docs/hostops.md` says why the others have none.
 */
export interface SyncOps {
  /** /proc/PID/stat and status, and pidfd_send_signal(2). */
  readonly process: Twins<ProcessOps, "isAlive" | "signal" | "usage">;
  /** SO_BINDTODEVICE. Reads of /proc/sys/net, but of IPv6's `addr_gen_mode` and `stable_secret`, which take the rtnl lock: ERR_HOST_INVALID. */
  readonly link: Twins<LinkOps, "exists" | "readSysctl">;
  /** Names of nsfs in /run/netns. */
  readonly netns: SyncNetnsOps;
}

/** The synchronous twins of namespaces, and those in one of them. */
export interface SyncNetnsOps extends Twins<NetnsOps, "get" | "list"> {
  /** As NetnsOps.in: each call enters the namespace anew. */
  in(name: string): Pick<SyncOps, "link">;
}

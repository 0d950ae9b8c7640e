import type { HostOps, NetnsInfo, NetworkOps } from "../host-ops.ts";
import { type Network, networkOf } from "./network.ts";
import { HostObject } from "./object.ts";

/** A named network namespace; closing takes its name away, and what is in it goes with the last process or descriptor that is. */
export class NetworkNamespace extends HostObject<NetnsInfo> {
  /** The plain calls in it. */
  readonly ops: NetworkOps;
  /** What is made in it. */
  readonly network: Network;

  constructor(ops: HostOps, info: NetnsInfo) {
    super(info, () => ops.netns.delete(info.name));
    this.ops = ops.netns.in(info.name);
    this.network = networkOf(this.ops);
  }
}

import type { HostOps, NetnsInfo, NetworkOps } from "../host-ops.ts";
import { HostObject } from "./object.ts";

/** A named network namespace; closing takes its name away, and what is in it goes with the last process or descriptor that is. */
export class NetworkNamespace extends HostObject<NetnsInfo> {
  /** The operations on links in it. */
  readonly ops: NetworkOps;

  constructor(ops: HostOps, info: NetnsInfo) {
    super(info, () => ops.netns.delete(info.name));
    this.ops = ops.netns.in(info.name);
  }
}

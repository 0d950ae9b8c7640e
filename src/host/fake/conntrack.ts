import { closedError } from "../closed.ts";
import { HostError } from "../host-error.ts";
import type { ConntrackFilter, ConntrackInfo, ConntrackOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { checkDeletion, checkFilter, isMatch } from "../shared/conntrack/filter.ts";
import type { Faults } from "./faults.ts";
import { type FakeKernel, remove } from "./kernel.ts";

const OBJECT = "nf_conntrack";
const MOST = 262_144;

/** Connection tracking in memory: what is in `kernel.connections`, which no packet fills. */
export class FakeConntrack implements ConntrackOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;
  readonly #there: boolean;
  #closed = false;

  constructor(kernel: FakeKernel, faults: Faults, there: boolean) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#there = there;
  }

  async available(): Promise<{ ok: boolean; reason: string }> {
    await this.#faults.gate("conntrack.available", OBJECT);
    return this.#there
      ? { ok: true, reason: "this kernel tells and forgets the connections that it tracks" }
      : { ok: false, reason: "this kernel has no ctnetlink" };
  }

  async usage(): Promise<{ entries: number; most: number | null }> {
    await this.#faults.gate("conntrack.usage", OBJECT);
    this.#check("netlink(IPCTNL_MSG_CT_GET_STATS)");
    return { entries: this.#kernel.connections.length, most: MOST };
  }

  async list(filter: ConntrackFilter = {}): Promise<ConntrackInfo[]> {
    await this.#faults.gate("conntrack.list", OBJECT);
    const checked = await host(OBJECT, () => checkFilter(filter));
    this.#check("netlink(IPCTNL_MSG_CT_GET)");
    return this.#kernel.connections.filter((each) => isMatch(checked, each));
  }

  async delete(filter: ConntrackFilter): Promise<void> {
    await this.#faults.gate("conntrack.delete", JSON.stringify(filter));
    const checked = await host(OBJECT, () => checkDeletion(filter));
    this.#check("netlink(IPCTNL_MSG_CT_GET)");
    remove(this.#kernel.connections, (each) => isMatch(checked, each));
  }

  /** ERR_HOST_CLOSED for those who come after it. */
  close(): void {
    this.#closed = true;
  }

  #check(syscall: string): void {
    if (this.#closed) throw closedError("netlink(NETLINK_NETFILTER)", OBJECT);
    if (this.#there) return;
    throw new HostError({
      ...{ code: "ERR_HOST_UNSUPPORTED", errnoCode: "EINVAL", syscall, object: OBJECT },
      detail: "this kernel has no ctnetlink",
      next: "load it: `modprobe nf_conntrack_netlink`",
    });
  }
}

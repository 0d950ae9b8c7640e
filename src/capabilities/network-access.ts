import type { Capability, CapabilityVm, EndedVm } from "../domain/capability.ts";
import type { Problem } from "../domain/ports.ts";
import { macOfSlot, tapName, type VmRecord, type VmSpec } from "../domain/vm.ts";
import type { Connections } from "../firewall/connections.ts";
import type { Firewall } from "../firewall/firewall.ts";
import type { Forwarding } from "../firewall/forwarding.ts";
import type { Keeper } from "../firewall/keeper.ts";
import type { Member } from "../firewall/member.ts";
import type { Openings } from "../firewall/openings.ts";
import { ANOTHER_DAEMON } from "../firewall/own-tables.ts";
import type { TapSettings } from "../firewall/tap-settings.ts";
import type { NftOps } from "../host/host-ops.ts";
import { overlaps, parseNetwork } from "../shared/ipv4.ts";
import type { UndoScope } from "../shared/undo.ts";

export interface NetworkAccessOptions {
  readonly nft: NftOps;
  readonly firewall: Firewall;
  readonly connections: Connections;
  readonly forwarding: Forwarding;
  readonly openings: Openings;
  readonly keeper: Keeper;
  readonly taps: TapSettings;
  readonly vms: { get(id: string): VmRecord | null };
  /** Guests' addresses. */
  readonly cidr: string;
}

/** What a VM may reach (NET-3): in the packet rules before its VMM starts, out of them when it has ended, changed while it runs. */
export class NetworkAccess implements Capability {
  readonly name = "network access";
  readonly #options: NetworkAccessOptions;
  /** VMs that ran before this daemon did, until {@link settle}. */
  readonly #found: VmRecord[] = [];
  /** Ids of VMs that are being deleted: nobody's peers, though their records are still there. */
  readonly #leaving = new Set<string>();

  constructor(options: NetworkAccessOptions) {
    this.#options = options;
  }

  async preflight(_at: CapabilityVm | null, spec: VmSpec | null): Promise<Problem[]> {
    const { nft, firewall } = this.#options;
    const { ok, reason } = await nft.available();
    // Doctor, which asks for no VM, is no daemon: the rules that it finds are its daemon's.
    if (ok && spec !== null && (await firewall.isAnothers())) return [ANOTHER_DAEMON];
    if (ok) return [];
    return [
      {
        code: "ERR_NO_NFTABLES",
        message: `${reason}, which keeps guests away from what they may not reach`,
        next: "`modprobe nf_tables`, or a kernel with CONFIG_NF_TABLES",
      },
    ];
  }

  async beforeStart({ vm }: CapabilityVm, scope: UndoScope): Promise<void> {
    const { firewall, connections } = this.#options;
    this.#leaving.delete(vm.id);
    scope.defer("network access", () => firewall.dismiss(tapName(vm.slot)));
    const member = this.#member(vm, vm.spec);
    // Of one that has only just come there is nothing to be cut, and nothing is waited for.
    await connections.cut(member, await firewall.admit(member));
  }

  /** The guest's kernel is not up yet: it misses nothing while its uplink is opened. */
  async afterStart({ vm }: CapabilityVm): Promise<void> {
    await this.#options.taps.open(tapName(vm.slot), vm.spec.net !== "none");
    this.#options.keeper.start();
    void this.#options.keeper.look();
  }

  async adopt({ vm }: CapabilityVm): Promise<void> {
    this.#found.push(vm);
  }

  /** All running VMs were adopted: their rules are made anew at once, and what is of others goes. */
  async settle(): Promise<void> {
    const { nft, firewall, forwarding, keeper, taps } = this.#options;
    if (!(await nft.available()).ok) return;
    if (this.#found.length === 0) return this.#putBack();
    const members = this.#found.splice(0).map((vm) => this.#member(vm, vm.spec));
    for (const { tap, access } of members) taps.adopt(tap, access !== "none");
    await firewall.adopt(members, await forwarding.opened());
    keeper.start();
    await keeper.look();
  }

  /** Whether the guest of this address may ask our resolver for names of the world: who may reach nothing, may resolve nothing. */
  mayResolve(address: string): boolean {
    const member = this.#options.firewall.members.find((each) => each.address === address);
    return member !== undefined && member.access !== "none";
  }

  /** Also of a VM that a daemon before this one has let in. */
  async afterStop({ vmId, handles }: EndedVm): Promise<void> {
    const { firewall, connections, taps, vms } = this.#options;
    taps.forget(handles.tap);
    const member = firewall.members.find(({ tap }) => tap === handles.tap);
    await firewall.dismiss(handles.tap);
    const address = member?.address ?? vms.get(vmId)?.address;
    if (address !== undefined) await connections.forget(address);
  }

  /** Its address will be another VM's: nobody's peer any more, and what peers have sent there since it ended is forgotten too. */
  async delete({ vm }: CapabilityVm): Promise<void> {
    const { firewall, connections, vms } = this.#options;
    for (const id of this.#leaving) if (vms.get(id) === null) this.#leaving.delete(id);
    // In one go with what the firewall is told: who is let in from here on has it not.
    this.#leaving.add(vm.id);
    await firewall.unpeer(vm.address);
    await connections.forget(vm.address);
  }

  async reconfigure({ vm }: CapabilityVm, next: VmSpec, running: boolean, scope: UndoScope): Promise<void> {
    if (!running || (next.net === vm.spec.net && next.peers.join() === vm.spec.peers.join())) return;
    scope.defer("network access", () => this.#apply(vm, vm.spec));
    await this.#apply(vm, next);
    await this.#options.keeper.look();
  }

  /** The daemon ends. What running VMs need stays (DMN-6). */
  async close(running: number): Promise<void> {
    const { nft, keeper } = this.#options;
    await keeper.stop();
    if (running > 0 || !(await nft.available()).ok) return;
    await this.#putBack();
  }

  /** Forwarding first, which the rules fence; each, whatever becomes of the others. What is another daemon's stays. */
  async #putBack(): Promise<void> {
    const { forwarding, openings, firewall } = this.#options;
    const failures: unknown[] = [];
    const ours = (await firewall.isAnothers()) ? [forwarding] : [forwarding, openings, firewall];
    for (const each of ours) await each.close().catch((err) => failures.push(err));
    if (failures.length > 0) throw failures[0];
  }

  async #apply(vm: VmRecord, spec: VmSpec): Promise<void> {
    const { firewall, connections, taps } = this.#options;
    const member = this.#member(vm, spec);
    await connections.cut(member, await firewall.admit(member));
    await taps.open(tapName(vm.slot), spec.net !== "none");
  }

  #member({ slot, address }: VmRecord, { net, peers }: VmSpec): Member {
    const there = peers.filter((id) => !this.#leaving.has(id));
    const addresses = there.flatMap((id) => this.#options.vms.get(id)?.address ?? []);
    // The rules are about one network. A guest of a former one has none, until it is started anew.
    const isOfOurs = overlaps(parseNetwork(this.#options.cidr), parseNetwork(address));
    const access = isOfOurs ? net : "none";
    return { tap: tapName(slot), mac: macOfSlot(slot), address, access, peers: addresses };
  }
}

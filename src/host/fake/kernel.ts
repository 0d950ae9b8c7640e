import { checkLinkName } from "../addresses.ts";
import { HostError, type HostErrorFacts } from "../host-error.ts";
import type {
  AddressInfo,
  ConntrackInfo,
  DmTarget,
  LinkInfo,
  NeighbourInfo,
  ProcessUsage,
  RouteInfo,
} from "../host-ops.ts";
import { type FakeDmDevice, type FakeLoopDevice, loopIndex, numberOf } from "./block.ts";
import { connectedRoutes, type FakeLink, newLink } from "./net-objects.ts";
import type { FakeNftTable } from "./nft-objects.ts";

export type { FakeLink } from "./net-objects.ts";

/** What the fake's operations share: the kernel objects that exist. Also for tests to look at. */
export class FakeKernel {
  readonly loops = new Map<number, FakeLoopDevice>();
  /** Device-mapper's, by name. */
  readonly devices = new Map<string, FakeDmDevice>();
  /** Numbers (`253:0`) of devices that some process has open, once per process. */
  readonly opened: string[] = [];
  readonly links = new Map<string, FakeLink>();
  readonly addresses: (AddressInfo & { noPrefixRoute: boolean })[] = [];
  /** Those that were asked for; see also {@link connectedRoutes}. */
  readonly routes: RouteInfo[] = [];
  readonly neighbours: NeighbourInfo[] = [];
  /** nf_tables', by `inet banger`. A transaction puts a new one here. */
  tables = new Map<string, FakeNftTable>();
  nftGeneration = 1;
  /** Connections that are tracked: a test puts them here. */
  readonly connections: ConntrackInfo[] = [];
  /** By pid; what is not there has used nothing. */
  readonly usage = new Map<number, ProcessUsage>();
  readonly cgroups = new Map<string, { pids: Set<number>; files: Record<string, string> }>();
  readonly #onDmChange = new Set<() => void>();
  #nextLinkIndex = 2;

  constructor() {
    this.links.set("lo", newLink("lo", 1, "00:00:00:00:00:00", null));
  }

  /** The device has an event for those who wait for one, as when its snapshot becomes invalid. */
  dmEvent(name: string): void {
    const device = this.devices.get(name);
    if (device !== undefined) device.eventNumber += 1;
    this.dmChanged();
  }

  /** `look` is called after each change of a device-mapper device; the result ends that. */
  watchDm(look: () => void): () => void {
    this.#onDmChange.add(look);
    return () => this.#onDmChange.delete(look);
  }

  /** Those that {@link watchDm} has, look. */
  dmChanged(): void {
    for (const look of [...this.#onDmChange]) look();
  }

  /** Numbers of the devices that a table holds. */
  heldBy(table: readonly DmTarget[]): string[] {
    return table.flatMap((target) => {
      const named =
        target.type === "linear"
          ? [target.device]
          : target.type === "snapshot"
            ? [target.cow, target.origin]
            : "origin" in target
              ? [target.origin]
              : [];
      return named.map(numberOf);
    });
  }

  /** How many tables and processes hold a device, by its number. */
  usersOf(number: string): number {
    const tables = [...this.devices.values()].flatMap(({ table, next }) => [table, next?.table ?? []]);
    const holding = tables.filter((table) => this.heldBy(table).includes(number)).length;
    return holding + this.opened.filter((each) => each === number).length;
  }

  /** Bytes of a device by number or path; 0 of a loop device that is not bound, null where there is none. */
  sizeOf(device: string): bigint | null {
    const number = numberOf(device);
    const [major, minor] = number.split(":").map(Number);
    if (major === 7) return this.loops.get(minor as number)?.sizeBytes ?? 0n;
    const found = [...this.devices.values()].find((each) => `253:${each.minor}` === number);
    if (found === undefined) return null;
    return found.table.reduce((sum, target) => sum + target.lengthSectors * 512n, 0n);
  }

  /** What waited for its last user goes, and then what waited for that. */
  settle(): void {
    for (let before = -1; before !== this.devices.size + this.loops.size; ) {
      before = this.devices.size + this.loops.size;
      for (const { name, minor, deferredRemove } of [...this.devices.values()]) {
        if (deferredRemove && this.usersOf(`253:${minor}`) === 0) this.devices.delete(name);
      }
      for (const [index, { autoclear }] of [...this.loops]) {
        if (autoclear && this.usersOf(`7:${index}`) === 0) this.loops.delete(index);
      }
    }
    this.dmChanged();
  }

  /** A new link, down, as if the kernel had it already. */
  addLink(name: string, kind: string, mac: string | undefined, ownerUid: number | null): LinkInfo {
    const index = this.freeIndex();
    const chosen = mac?.toLowerCase() ?? `02:fa:ce:00:${hex(index >> 8)}:${hex(index)}`;
    const link = newLink(name, index, chosen, kind);
    if (link.info.tun !== null) link.info.tun.ownerUid = ownerUid;
    this.links.set(name, link);
    return link.info;
  }

  /** Of no link here: the one that is wanted where it is free. */
  freeIndex(wanted?: number): number {
    const taken = new Set([...this.links.values()].map(({ info }) => info.index));
    if (wanted !== undefined && !taken.has(wanted)) return wanted;
    while (taken.has(this.#nextLinkIndex)) this.#nextLinkIndex += 1;
    return this.#nextLinkIndex++;
  }

  /** By name; throws ENODEV where there is none, ERR_HOST_INVALID for what is no name. */
  link(name: string, syscall: string): FakeLink {
    return mustBe(this.links.get(checkLinkName(name)), { errnoCode: "ENODEV", syscall, object: name });
  }

  /** By path: `/dev/loop3`. */
  loop(device: string, syscall: string): FakeLoopDevice {
    return mustBe(this.loops.get(loopIndex(device)), { errnoCode: "ENXIO", syscall, object: device });
  }

  /** Device-mapper's. */
  device(name: string, syscall: string): FakeDmDevice {
    return mustBe(this.devices.get(name), { errnoCode: "ENXIO", syscall, object: name });
  }

  /** Addresses, routes and neighbours go with their link, and so does its other end; a bridge's ports are free again. */
  removeLink(name: string): void {
    const link = this.links.get(name);
    if (link === undefined) return;
    this.links.delete(name);
    this.dropRoutes(name);
    remove(this.addresses, (address) => address.link === name);
    for (const { info } of this.links.values())
      if (info.masterIndex === link.info.index) Object.assign(info, { masterIndex: null, port: null });
    const other = link.peer;
    link.peer = null;
    if (other !== null) other.kernel.removeLink(other.link.info.name);
  }

  /** As when it is set down: neighbours go too. */
  dropRoutes(link: string): void {
    remove(this.routes, (route) => route.link === link);
    remove(this.neighbours, (neighbour) => neighbour.link === link);
  }

  /** What an address brings with it while its link is up. */
  connectedRoutes(): RouteInfo[] {
    return connectedRoutes(this.addresses.filter(({ link }) => this.links.get(link)?.info.up === true));
  }
}

export function remove<T>(items: T[], matches: (item: T) => boolean): boolean {
  const before = items.length;
  items.splice(0, before, ...items.filter((item) => !matches(item)));
  return items.length < before;
}

function hex(value: number): string {
  return (value & 0xff).toString(16).padStart(2, "0");
}

function mustBe<T>(found: T | undefined, facts: HostErrorFacts): T {
  if (found === undefined) throw new HostError(facts);
  return found;
}

import { HostError } from "../host-error.ts";
import type { LinkInfo, LoopInfo, RouteSpec } from "../host-ops.ts";

export interface FakeLink {
  info: LinkInfo;
  ownerUid: number | null;
  /** Pid of the process that holds its queue. */
  attachedBy: number | null;
}

/** What the fake's operations share: the kernel objects that exist. Also for tests to look at. */
export class FakeKernel {
  readonly loops = new Map<number, LoopInfo & { backingFile: string }>();
  readonly links = new Map<string, FakeLink>();
  readonly addresses: { link: string; cidr: string }[] = [];
  readonly routes: RouteSpec[] = [];
  readonly neighbours: { link: string; address: string; mac: string }[] = [];
  readonly cgroups = new Map<string, { pids: Set<number>; files: Record<string, string> }>();
  #nextLinkIndex = 2;

  constructor() {
    this.links.set("lo", {
      info: linkInfo("lo", 1, "00:00:00:00:00:00", null),
      ownerUid: null,
      attachedBy: null,
    });
  }

  addLink(name: string, kind: string, mac: string | undefined, ownerUid: number | null): LinkInfo {
    const index = this.#nextLinkIndex++;
    const chosen = mac ?? `02:fa:ce:00:${hex(index >> 8)}:${hex(index)}`;
    const link: FakeLink = { info: linkInfo(name, index, chosen, kind), ownerUid, attachedBy: null };
    this.links.set(name, link);
    return { ...link.info };
  }

  link(name: string, syscall: string): FakeLink {
    const found = this.links.get(name);
    if (found === undefined) throw new HostError({ errnoCode: "ENODEV", syscall, object: name });
    return found;
  }

  /** Addresses, routes and neighbours go with their link. */
  removeLink(name: string): void {
    this.links.delete(name);
    this.dropRoutes(name);
    remove(this.addresses, (address) => address.link === name);
    remove(this.neighbours, (neighbour) => neighbour.link === name);
  }

  dropRoutes(link: string): void {
    remove(this.routes, (route) => route.link === link);
  }
}

export function remove<T>(items: T[], matches: (item: T) => boolean): boolean {
  const before = items.length;
  items.splice(0, before, ...items.filter((item) => !matches(item)));
  return items.length < before;
}

function linkInfo(name: string, index: number, mac: string, kind: string | null): LinkInfo {
  return { name, index, mac, mtu: name === "lo" ? 65536 : 1500, up: false, kind, rxBytes: 0n, txBytes: 0n };
}

function hex(value: number): string {
  return (value & 0xff).toString(16).padStart(2, "0");
}

import { HostError } from "../host-error.ts";
import type { NetnsInfo, NetnsOps, NetworkOps, NftCommand, SyncNetnsOps } from "../host-ops.ts";
import { checkNetnsName, netnsPath } from "../netns-name.ts";
import { plan } from "../shared/nft/plan.ts";
import type { Faults } from "./faults.ts";
import { FakeKernel } from "./kernel.ts";
import { fakeSyncLink } from "./link-sync.ts";

const RELEASES = new Set(["delete", "deleteMany", "deleteGroup", "removePort"]);

/** What succeeds where there is nothing to release; null of all else. */
function released(method: string, [first]: readonly unknown[]): { result: unknown } | null {
  if (RELEASES.has(method)) return { result: undefined };
  if (method !== "apply") return null;
  const commands = first as readonly NftCommand[];
  const optional = plan(commands).every((each) => each.optional);
  return optional ? { result: commands.map(() => ({ handle: null, missing: true })) } : null;
}

/** Each namespace is a kernel of its own, as far as links are concerned. */
export class FakeNetns implements NetnsOps {
  readonly #faults: Faults;
  readonly #rooms: (kernel: FakeKernel) => NetworkOps;
  readonly #namespaces = new Map<string, { info: NetnsInfo; kernel: FakeKernel; rooms: NetworkOps }>();
  #nextInode = 4_026_540_000n;

  constructor(faults: Faults, rooms: (kernel: FakeKernel) => NetworkOps) {
    this.#faults = faults;
    this.#rooms = rooms;
  }

  async create(name: string): Promise<NetnsInfo> {
    await this.#faults.gate("netns.create", name);
    if (this.#namespaces.has(checkNetnsName(name)))
      throw new HostError({ errnoCode: "EEXIST", syscall: "open", object: netnsPath(name) });
    const kernel = new FakeKernel();
    const info = { name, inode: this.#nextInode++ };
    this.#namespaces.set(name, { info, kernel, rooms: this.#rooms(kernel) });
    return { ...info };
  }

  async delete(name: string): Promise<void> {
    await this.#faults.gate("netns.delete", name);
    this.#namespaces.delete(checkNetnsName(name));
  }

  async get(name: string): Promise<NetnsInfo | null> {
    await this.#faults.gate("netns.get", name);
    return this.#get(name);
  }

  async list(namePrefix: string): Promise<NetnsInfo[]> {
    await this.#faults.gate("netns.list", namePrefix);
    return this.#list(namePrefix);
  }

  readonly sync: SyncNetnsOps = {
    get: (name) => {
      this.#faults.gateSync("netns.get", name);
      return this.#get(name);
    },
    list: (namePrefix) => {
      this.#faults.gateSync("netns.list", namePrefix);
      return this.#list(namePrefix);
    },
    in: (name) => {
      checkNetnsName(name);
      const kernel = () => this.kernelOf(name) ?? notThere(name);
      return { link: fakeSyncLink(kernel, this.#faults) };
    },
  };

  in(name: string): NetworkOps {
    checkNetnsName(name);
    const room = <K extends keyof NetworkOps>(key: K) => this.#entered(name, key);
    return {
      tap: room("tap"),
      link: room("link"),
      address: room("address"),
      route: room("route"),
      neighbour: room("neighbour"),
      nft: room("nft"),
      conntrack: room("conntrack"),
    };
  }

  /** For tests: what is in a namespace. */
  kernelOf(name: string): FakeKernel | null {
    return this.#namespaces.get(name)?.kernel ?? null;
  }

  #get(name: string): NetnsInfo | null {
    const found = this.#namespaces.get(checkNetnsName(name));
    return found === undefined ? null : { ...found.info };
  }

  #list(namePrefix: string): NetnsInfo[] {
    const all = [...this.#namespaces.values()].map(({ info }) => ({ ...info }));
    return all.filter((info) => info.name.startsWith(namePrefix));
  }

  /** The room of the namespace that has the name when a method is called. */
  #entered<K extends keyof NetworkOps>(name: string, key: K): NetworkOps[K] {
    return new Proxy({} as NetworkOps[K], {
      get: (_, method) => {
        return async (...args: unknown[]) => {
          const found = this.#namespaces.get(name);
          if (found === undefined) {
            const gone = released(String(method), args);
            if (gone !== null) return gone.result;
            notThere(name);
          }
          const room = found.rooms[key] as unknown as Record<PropertyKey, (...all: unknown[]) => unknown>;
          return room[method]?.(...args);
        };
      },
    });
  }
}

function notThere(name: string): never {
  throw new HostError({ errnoCode: "ENOENT", syscall: "open", object: netnsPath(name) });
}

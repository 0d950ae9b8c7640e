import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, vi } from "vitest";
import type { VmRecord } from "../../../../../src/domain/vm.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../../../src/host/fake/index.ts";
import type { HostOps } from "../../../../../src/host/host-ops.ts";
import type { LinkIntents } from "../../../../../src/services/network/intents.ts";
import { HostNetwork } from "../../../../../src/services/network.ts";
import { silentLogger } from "../../../../../src/shared/logger.ts";
import { HostFile } from "../../../../../src/state/host-file.ts";
import { directory, reservation, stateWithImage } from "../../../state/fixtures.ts";

export const CIDR = "172.30.0.0/16";
const FIRST_UID = 70_000;
/** Longer than any test. */
export const NEVER_MS = 2 ** 30;

/** A host, and the daemons' networks on it, one after another or side by side; each with records of VMs of its own. */
export class Ground {
  readonly host: FakeHostOps;
  readonly directory = directory();
  readonly state = stateWithImage();
  #vms = 0;

  constructor(host: FakeHostOps = openFakeHostOps()) {
    this.host = host;
  }

  get hostFile(): string {
    return path.join(this.directory.path, "host.json");
  }

  network(options: { size?: number; refillDelayMs?: number; idleMs?: number } = {}): HostNetwork {
    return this.networkOver(this.host, new HostFile(this.host.file, this.hostFile), options);
  }

  networkOver(host: HostOps, intents: LinkIntents, options: object = {}): HostNetwork {
    const pool = {
      ...{ size: 4, refillDelayMs: 0, idleMs: NEVER_MS, ...options },
      places: this.state.vms,
      uidOf: (slot: number) => FIRST_UID + slot,
      logger: silentLogger,
    };
    return new HostNetwork(host, CIDR, intents, { pool });
  }

  /** As a create does it. */
  async create(network: HostNetwork): Promise<VmRecord> {
    const vm = this.state.vms.reserve({ ...reservation(++this.#vms), places: network.readyPlaces });
    await this.start(network, vm);
    return vm;
  }

  async start(network: HostNetwork, { slot, address }: VmRecord): Promise<void> {
    await network.claim(slot);
    await network.connect({ slot, address, uid: FIRST_UID + slot });
    network.prepareNext();
  }

  /** As a delete does it. */
  async delete(network: HostNetwork, vm: VmRecord): Promise<void> {
    await network.disconnect(`bgr${vm.slot}`);
    this.state.vms.delete(vm.id);
  }

  /** TAPs that are there, by their numbers. */
  taps(): number[] {
    const names = [...this.host.kernel.links.keys()].filter((name) => /^bgr\d+$/.test(name));
    return names.map((name) => Number(name.slice(3))).sort((a, b) => a - b);
  }

  calls(): string[] {
    return this.host.faults.calls.map(({ operation, object }) => `${operation} ${object}`);
  }

  [Symbol.dispose](): void {
    this.state[Symbol.dispose]();
    this.directory[Symbol.dispose]();
  }
}

export const slots = (network: HostNetwork) => network.readyPlaces.map(({ slot }) => slot);

/** What becomes so, however slow the machine. */
export const soon = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 });

export const filled = (network: HostNetwork, ...expected: number[]) =>
  soon(() => expect(slots(network)).toEqual(expected));

/** Names of links in host.json. */
export const recorded = (ground: Ground): string[] =>
  existsSync(ground.hostFile) ? JSON.parse(readFileSync(ground.hostFile, "utf8")).links : [];

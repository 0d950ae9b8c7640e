import { execFileSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { HostOps } from "../../../../src/host/host-ops.ts";
import { openReal } from "../../../contract/support/hosts.ts";
import { eventually } from "../../../e2e/support/run.ts";
import type { Place } from "../../firewall/support/place.ts";
import { type Allowed, allowedWays, expectWays, ROWS } from "../../firewall/support/prove.ts";
import { openVethPlace } from "../../firewall/support/veth-place.ts";
import { whatArrives } from "../../firewall/support/ways.ts";
import { DebianRoot } from "./debian.ts";
import type { OtherFirewall } from "./firewalls.ts";
import { Ours } from "./ours.ts";

/** What a test finds: a host with guests, and somebody else's firewall that runs on it. */
export class Beside<Other extends OtherFirewall> {
  readonly other: Other;
  readonly root: DebianRoot;
  readonly host: HostOps;
  readonly place: Place;
  ours: Ours;
  readonly #closePlace: () => Promise<void>;

  private constructor(
    other: Other,
    root: DebianRoot,
    host: HostOps,
    { place, close }: Awaited<ReturnType<typeof openVethPlace>>,
  ) {
    this.other = other;
    this.root = root;
    this.host = host;
    this.place = place;
    this.#closePlace = close;
    this.ours = new Ours(host);
  }

  static async open<Other extends OtherFirewall>(make: (root: DebianRoot) => Other): Promise<Beside<Other>> {
    const host = openReal();
    const place = await openVethPlace();
    const root = await DebianRoot.open();
    const other = make(root);
    try {
      await other.start();
    } catch (error) {
      // The other firewalls' tests come after it, in the same namespace.
      await root.close();
      await place.close();
      await host.close();
      throw error;
    }
    return new Beside(other, root, host, place);
  }

  /** The ways that lead somewhere where our tables are gone, and only our rules in those of others are left. */
  async withoutTables(): Promise<string[]> {
    await this.ours.admit({ access: "public" });
    await this.ours.keeper.look();
    await this.ours.firewall.close();
    return whatArrives(this.place);
  }

  async close(): Promise<void> {
    await this.other.stop();
    execFileSync("nft", ["flush", "ruleset"]);
    await this.root.close();
    await this.#closePlace();
    await this.host.close();
  }
}

/** All rules, without what they have counted. */
function rules(): string {
  return execFileSync("nft", ["-s", "list", "ruleset"], { stdio: ["ignore", "pipe", "ignore"] }).toString();
}

/** What holds beside any other firewall, and what `more` says of this one. */
export function holdsBeside<Other extends OtherFirewall>(
  name: string,
  make: (root: DebianRoot) => Other,
  more: (here: () => Beside<Other>) => void,
): void {
  describe(`beside ${name} (NET-3)`, () => {
    let here: Beside<Other>;
    beforeAll(async () => {
      here = await Beside.open(make);
    });
    beforeEach(() => {
      here.ours = new Ours(here.host);
    });
    afterEach(() => here.ours.close());
    afterAll(() => here?.close());

    it("guests would be shut in", async () => {
      await here.ours.admit({ access: "full" });
      expect(await whatArrives(here.place)).not.toContain("a public address outside");
    });

    it.each(ROWS)("a guest with --net %s reaches what it does without", async (_, allowed) => {
      await here.ours.admit(allowed);
      await here.ours.keeper.look();
      await expectWays(here.place, allowed);
    });

    it("its rules can be read with ours among them", async () => {
      await here.ours.admit({ access: "public" });
      await here.ours.keeper.look();
      expect(await here.other.show()).not.toMatch(/incompatible/);
    });

    it("guests' ways are back when it has made its rules anew, and nothing was open meanwhile", async () => {
      const allowed: Allowed = { access: "public", peer: true };
      const expected = allowedWays(allowed);
      await here.ours.admit(allowed);
      await here.ours.keeper.look();
      here.ours.keeper.start();
      let isLoading = true;
      const loading = here.other.reload().finally(() => {
        isLoading = false;
      });
      const seen = new Set<string>();
      while (isLoading) {
        const begun = performance.now();
        for (const way of await whatArrives(here.place)) seen.add(way);
        // As long without packets as with them: on a slow machine they would leave the other nothing.
        await Promise.race([loading, setTimeout(performance.now() - begun)]);
      }
      await loading;
      const same = async () => (await whatArrives(here.place)).join() === expected.join();
      await eventually(same, "the guest reaches what it did");
      expect([...seen].filter((way) => !expected.includes(way))).toEqual([]);
    });

    more(() => here);

    it("nothing of ours is left in its rules", async () => {
      const before = rules();
      await here.ours.admit({ access: "full" });
      await here.ours.keeper.look();
      expect(rules()).not.toBe(before);
      await here.ours.close();
      expect(rules()).toBe(before);
    });
  });
}

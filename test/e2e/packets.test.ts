import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Place, TRUSTING } from "../host/firewall/support/place.ts";
import { type Allowed, allowedWays, proveByPackets } from "../host/firewall/support/prove.ts";
import { whatArrives } from "../host/firewall/support/ways.ts";
import { openGuestPlace } from "./support/guest-place.ts";
import { Internet } from "./support/internet.ts";
import type { Inventory } from "./support/inventory.ts";
import { eventually, mustRun, Running } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let internet: Internet;
let before: Inventory;
let place: Place;
let closePlace: (() => Promise<void>) | undefined;

const inHost = (...command: string[]) => [`--net=/run/netns/${sandbox.netns}`, ...command];

beforeAll(async () => {
  sandbox = await Sandbox.open();
  internet = await Internet.open(sandbox);
  for (const [name, value] of TRUSTING)
    await mustRun("nsenter", inHost("sh", "-c", `echo ${value} > /proc/sys/net/${name}`));
  before = await sandbox.inventory();
  ({ place, close: closePlace } = await openGuestPlace(sandbox, internet));
});
afterAll(async () => {
  await closePlace?.();
  await sandbox.deleteVms();
  await internet.close();
  await sandbox.close();
});

let isPeer = false;

/** As a user changes it, while the machines run. */
async function allow({ access, peer = false }: Allowed): Promise<void> {
  const change = peer === isPeer ? [] : [peer ? "--peer" : "--unpeer", "b"];
  await sandbox.ok("vm", "set", "--net", access, ...change, "a");
  isPeer = peer;
}

proveByPackets(() => place, allow);

describe("the host of real guests", () => {
  it("opens nothing however often its rules are flushed, and has them back soon (NET-3)", async () => {
    const allowed: Allowed = { access: "public" };
    await allow(allowed);
    const flushing = "while nft flush ruleset; do echo flushed; sleep 0.05; done";
    const flusher = new Running("nsenter", inHost("sh", "-c", flushing), {});
    try {
      await flusher.until(/flushed/);
      for (let round = 0; round < 3; round += 1) {
        const arrived = await whatArrives(place);
        expect(arrived.filter((way) => !allowedWays(allowed).includes(way))).toEqual([]);
      }
    } finally {
      flusher.child.kill();
      await flusher.finished;
    }
    await eventually(
      async () => (await whatArrives(place)).join() === allowedWays(allowed).join(),
      "all that is allowed arrives again",
    );
  });

  it("has nothing of them when they are gone", async () => {
    await closePlace?.();
    closePlace = undefined;
    await sandbox.ok("vm", "rm", "--force", "a", "b");
    await sandbox.ok("daemon", "stop");
    expect({ ...(await sandbox.inventory()), runtime: before.runtime }).toEqual(before);
    const forwarding = inHost("cat", "/proc/sys/net/ipv4/conf/up0/forwarding");
    expect(await mustRun("nsenter", forwarding)).toBe("0\n");
  });
});

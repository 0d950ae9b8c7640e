import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Firewall } from "../../../src/firewall/firewall.ts";
import type { Member } from "../../../src/firewall/member.ts";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { NETWORK, type Place } from "./support/place.ts";
import { type Allowed, expectWays, proveByPackets } from "./support/prove.ts";
import { A, B, openVethPlace } from "./support/veth-place.ts";
import { ALL_WAYS, whatArrives } from "./support/ways.ts";

let place: Place;
let closePlace: () => Promise<void>;
let host: HostOps;
let firewall: Firewall;

beforeAll(async () => {
  host = openReal();
  ({ place, close: closePlace } = await openVethPlace());
});
afterEach(async () => {
  await firewall.close();
});
afterAll(async () => {
  await host.close();
  await closePlace();
});

async function start(...members: Member[]): Promise<void> {
  firewall = new Firewall({ nft: host.nft, network: NETWORK, logger: silentLogger });
  for (const member of members) await firewall.admit(member);
}

function memberA({ access, peer = false }: Allowed): Member {
  return { ...A, access, peers: peer ? [B.address] : [] };
}

it("without these rules all of it arrives: whatever does not is stopped by them", async () => {
  await start();
  execFileSync("nft", [
    'table ip test { chain out { type nat hook postrouting priority srcnat; oifname "up0" masquerade; }; }',
  ]);
  expect(await whatArrives(place)).toEqual([...ALL_WAYS].sort());
  execFileSync("nft", ["delete", "table", "ip", "test"]);
});

proveByPackets(
  () => place,
  async (allowed) => {
    // The first of a test makes the tables, the next ones change them.
    if (!(await isThere())) await start({ ...B, access: "public", peers: [] });
    await firewall.admit(memberA(allowed));
  },
);

async function isThere(): Promise<boolean> {
  return (await host.nft.tables()).length > 0;
}

describe("the tables", () => {
  it("a flush of all rules opens nothing, and is repaired", async () => {
    await start({ ...A, access: "public", peers: [] }, { ...B, access: "public", peers: [] });
    expect(await firewall.repair()).toBe(false);
    execFileSync("nft", ["flush", "ruleset"]);
    // Without the translation nothing comes back from the internet; what was closed stays so.
    expect(await whatArrives(place)).toEqual(["the resolver", "the resolver by TCP"]);
    expect(await firewall.repair()).toBe(true);
    await expectWays(place, { access: "public" });
    expect(await firewall.repair()).toBe(false);
  });

  it.each([
    ["a rule taken out", ["flush", "chain", "inet", "banger", "public"]],
    ["a rule put in", ["insert", "rule", "inet", "banger", "from-guest", "accept"]],
    ["a guest let in", ["add", "element", "inet", "banger", "peers", "{ 172.30.3.135 . 172.30.3.136 }"]],
    [
      "a guest taken out",
      ["delete", "element", "inet", "banger", "guests", `{ ${A.tap} . ${A.mac} . ${A.address} }`],
    ],
    ["a table put to sleep", ["add", "table", "inet", "banger", "{ flags dormant; }"]],
  ])("%s is seen and undone", async (_, command) => {
    await start({ ...A, access: "public", peers: [] });
    execFileSync("nft", command);
    expect(await firewall.repair()).toBe(true);
    await expectWays(place, { access: "public" });
  });

  it("leave nothing at the end", async () => {
    await start({ ...A, access: "public", peers: [B.address] });
    await firewall.close();
    expect(execFileSync("nft", ["list", "ruleset"]).toString()).toBe("");
  });
});

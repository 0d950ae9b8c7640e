import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { NetAccess } from "../../../src/domain/vm.ts";
import { Firewall } from "../../../src/firewall/firewall.ts";
import type { Member } from "../../../src/firewall/member.ts";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { udpFrames } from "./support/frames.ts";
import { A, B, GATEWAY, HOST, NETWORK, Place, PORT, PUBLIC } from "./support/place.ts";
import { ends, uniqueText, whatArrives } from "./support/ways.ts";

let place: Place;
let host: HostOps;
let firewall: Firewall;

beforeAll(async () => {
  host = openReal();
  place = await Place.open();
  for (const link of [A.tap, B.tap, "up0"]) place.sysctl(`ipv4/conf/${link}/forwarding`, 1);
});
afterEach(async () => {
  await firewall.close();
});
afterAll(async () => {
  await host.close();
  await place.close();
});

async function start(...members: Member[]): Promise<void> {
  firewall = new Firewall({ nft: host.nft, network: NETWORK, logger: silentLogger });
  for (const member of members) await firewall.admit(member);
}

const INTERNET = ["a public address outside", "a ping of the internet", "fragments to the internet"];
const INSIDE = ["a private address outside", "a ping of a private address", "fragments to a private address"];

const EXPECTED: [string, Partial<Member> & { access: NetAccess }, string[]][] = [
  ["none", { access: "none" }, []],
  ["public", { access: "public" }, ["the resolver", ...INTERNET]],
  ["full", { access: "full" }, ["the resolver", ...INTERNET, ...INSIDE]],
  [
    "public, and a peer",
    { access: "public", peers: [B.address] },
    ["the resolver", ...INTERNET, "another guest"],
  ],
];

describe.each(EXPECTED)("a guest with --net %s (NET-3)", (_, how, expected) => {
  const member: Member = { ...A, peers: [], ...how };

  it("reaches that and nothing else", async () => {
    await start(member, { ...B, access: "public", peers: [] });
    expect((await whatArrives(place)).sort()).toEqual([...expected].sort());
  });

  it("answers those who may ask", async () => {
    await start(member, { ...B, access: "public", peers: [] });
    const text = uniqueText();
    await place.send(A.address, PORT, text);
    const answer = uniqueText();
    // To the port that the question came from.
    place.a.send(...udpFrames(ends(place, GATEWAY), { from: PORT, to: PORT, text: answer }));
    await place.settled();
    expect(place.received.includes(`${PORT} ${answer}`)).toBe(how.access !== "none");
  });

  it("is reached by nobody outside, nor by somebody who says he is a guest", async () => {
    await start(member, { ...B, access: "public", peers: [] });
    const outside = { sourceMac: "02:00:00:00:07:01", destinationMac: place.macOf("up0") };
    const [direct, asGuest, toHostAsGuest] = [uniqueText(), uniqueText(), uniqueText()];
    const frames = (source: string, destination: string, text: string) =>
      udpFrames({ ...outside, source, destination }, { to: PORT, text });
    place.uplink.send(...frames(PUBLIC, A.address, direct));
    place.uplink.send(...frames(B.address, A.address, asGuest));
    place.uplink.send(...frames(B.address, HOST, toHostAsGuest));
    await place.settled();
    expect([...place.a.with(direct), ...place.a.with(asGuest)]).toEqual([]);
    expect(place.received).not.toContain(`${PORT} ${toHostAsGuest}`);
  });
});

describe("a guest that tries more", () => {
  it("does not get what is for a port of the host, by sending from that port first", async () => {
    await start({ ...A, access: "public", peers: [] });
    place.a.send(...udpFrames(ends(place, PUBLIC), { from: PORT, to: 4001, text: uniqueText() }));
    await place.settled();
    const text = uniqueText();
    const outside = { sourceMac: "02:00:00:00:07:01", destinationMac: place.macOf("up0") };
    place.uplink.send(
      ...udpFrames({ ...outside, source: PUBLIC, destination: HOST }, { from: 4001, to: PORT, text }),
    );
    await place.settled();
    expect(place.a.with(text)).toEqual([]);
    expect(place.received).toContain(`${PORT} ${text}`);
  });

  it("cannot answer a peer that is one no more", async () => {
    await start({ ...A, access: "public", peers: [B.address] }, { ...B, access: "public", peers: [] });
    const fromB = { sourceMac: B.mac, destinationMac: place.macOf(B.tap), source: B.address };
    const [question, answer, late] = [uniqueText(), uniqueText(), uniqueText()];
    place.b.send(
      ...udpFrames({ ...fromB, destination: A.address }, { from: PORT, to: PORT, text: question }),
    );
    await place.settled();
    expect(place.a.with(question)).not.toEqual([]);
    const reply = (text: string) => udpFrames(ends(place, B.address), { from: PORT, to: PORT, text });
    place.a.send(...reply(answer));
    await firewall.admit({ ...A, access: "public", peers: [] });
    await place.settled();
    expect(place.b.with(answer)).not.toEqual([]);
    place.a.send(...reply(late));
    await place.settled();
    expect(place.b.with(late)).toEqual([]);
  });

  it("puts no fragment of its own into another guest's packet", async () => {
    await start({ ...A, access: "public", peers: [] }, { ...B, access: "public", peers: [] });
    const text = uniqueText();
    const packet = { to: PORT, text, fragments: true };
    const fromB = { sourceMac: B.mac, destinationMac: place.macOf(B.tap), source: B.address };
    const [first] = udpFrames({ ...fromB, destination: PUBLIC }, packet);
    const [, last] = udpFrames(ends(place, PUBLIC, { source: B.address }), packet);
    place.b.send(first as Buffer);
    await place.settled();
    place.a.send(last as Buffer);
    await place.settled();
    expect(place.uplink.with(text.slice(-8))).toEqual([]);
  });
});

describe("changes", () => {
  it("hold at once, for what flows already too", async () => {
    await start({ ...A, access: "full", peers: [B.address] }, { ...B, access: "public", peers: [] });
    expect(await whatArrives(place)).toEqual(expect.arrayContaining([...INSIDE, "another guest"]));
    await firewall.admit({ ...A, access: "public", peers: [] });
    expect((await whatArrives(place)).sort()).toEqual(["the resolver", ...INTERNET].sort());
    await firewall.admit({ ...A, access: "none", peers: [] });
    expect(await whatArrives(place)).toEqual([]);
    await firewall.admit({ ...A, access: "public", peers: [] });
    expect((await whatArrives(place)).sort()).toEqual(["the resolver", ...INTERNET].sort());
  });

  it("a flush of all rules opens nothing, and is repaired", async () => {
    await start({ ...A, access: "public", peers: [] }, { ...B, access: "public", peers: [] });
    expect(await firewall.repair()).toBe(false);
    execFileSync("nft", ["flush", "ruleset"]);
    // Without the translation nothing comes back from the internet; what was closed stays so.
    expect(await whatArrives(place)).toEqual(["the resolver"]);
    expect(await firewall.repair()).toBe(true);
    expect((await whatArrives(place)).sort()).toEqual(["the resolver", ...INTERNET].sort());
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
    expect((await whatArrives(place)).sort()).toEqual(["the resolver", ...INTERNET].sort());
  });

  it("leave nothing at the end", async () => {
    await start({ ...A, access: "public", peers: [B.address] });
    await firewall.close();
    expect(execFileSync("nft", ["list", "ruleset"]).toString()).toBe("");
  });
});

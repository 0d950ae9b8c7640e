import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Firewall } from "../../../src/firewall/firewall.ts";
import type { Member, NetAccess } from "../../../src/firewall/member.ts";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { type Ends, echoRequest, readIpv4, udp6Frames, udpFrames } from "./support/frames.ts";
import { A, B, GATEWAY, HOST, NETWORK, Place, PORT, PRIVATE, PUBLIC } from "./support/place.ts";

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

function ends(destination: string, other: Partial<Ends> = {}): Ends {
  const destinationMac = place.macOf(A.tap);
  return { sourceMac: A.mac, destinationMac, source: A.address, destination, ...other };
}

let count = 0;

/** What a guest sends, and where it arrives: the names of the rows. */
const WAYS: Record<string, (text: string) => { frames: Buffer[]; arrived: () => boolean }> = {
  "the resolver": (text) => toHost(text, GATEWAY, 53),
  "another port of the gateway": (text) => toHost(text, GATEWAY, PORT),
  "another address of the host": (text) => toHost(text, HOST, PORT),
  "another address of the host, port 53": (text) => toHost(text, HOST, 53),
  "a private address outside": (text) => toUplink(text, PRIVATE),
  "a public address outside": (text) => toUplink(text, PUBLIC),
  "another guest": (text) => ({
    frames: udpFrames(ends(B.address), { to: PORT, text }),
    arrived: () => place.b.with(text).length > 0,
  }),
  "the internet by another's address": (text) => toUplink(text, PUBLIC, { source: B.address }),
  "the internet by an address of nobody": (text) => toUplink(text, PUBLIC, { source: "8.8.8.8" }),
  "the internet by another MAC": (text) => toUplink(text, PUBLIC, { sourceMac: B.mac }),
  "the host by another's address": (text) => ({
    frames: udpFrames(ends(GATEWAY, { source: B.address }), { to: 53, text }),
    arrived: () => place.received.includes(`53 ${text}`),
  }),
  "the host by IPv6, link-local": (text) => ({
    frames: udp6Frames(
      { sourceMac: A.mac, destinationMac: "33:33:00:00:00:01", source: "fe80::99", destination: "ff02::1" },
      { to: PORT, text },
    ),
    arrived: () => place.received.includes(`${PORT} ${text}`),
  }),
  "the host by broadcast": (text) => ({
    frames: udpFrames(ends("255.255.255.255", { destinationMac: "ff:ff:ff:ff:ff:ff" }), { to: PORT, text }),
    arrived: () => place.received.includes(`${PORT} ${text}`),
  }),
  "a ping of the gateway": (text) => ({
    frames: echoRequest(ends(GATEWAY), text),
    arrived: () => place.a.with(text).some(isEchoReply),
  }),
  "a ping of the internet": (text) => ({
    frames: echoRequest(ends(PUBLIC), text),
    arrived: () => place.uplink.with(text).length > 0 && place.a.with(text).some(isEchoReply),
  }),
  "a ping of a private address": (text) => ({
    frames: echoRequest(ends(PRIVATE), text),
    arrived: () => place.uplink.with(text).length > 0,
  }),
  "fragments to the internet": (text) => toUplink(text, PUBLIC, {}, true),
  "fragments to a private address": (text) => toUplink(text, PRIVATE, {}, true),
};

function toHost(text: string, address: string, port: number) {
  return {
    frames: udpFrames(ends(address), { to: port, text }),
    arrived: () => place.received.includes(`${port} ${text}`),
  };
}

function toUplink(text: string, address: string, other: Partial<Ends> = {}, fragments = false) {
  return {
    frames: udpFrames(ends(address, other), { to: PORT, text, fragments }),
    // As the host itself: nobody outside could answer a guest's address. The text's end is in the last fragment.
    arrived: () =>
      place.uplink.with(text.slice(-8)).some((frame) => {
        const packet = readIpv4(frame);
        return packet?.destination === address && packet.source === HOST;
      }),
  };
}

function isEchoReply(frame: Buffer): boolean {
  return readIpv4(frame)?.payload[0] === 0;
}

/** All ways at once: what of them arrives. */
async function open(): Promise<string[]> {
  const tries = Object.entries(WAYS).map(([name, way]) => ({ name, ...way(uniqueText()) }));
  for (const { frames } of tries) place.a.send(...frames);
  await place.settled();
  return tries.filter(({ arrived }) => arrived()).map(({ name }) => name);
}

/** 40 bytes, the last eight of which are there once. */
function uniqueText(): string {
  count += 1;
  return `${count}`.padStart(32, "a packet of a guest, number ") + `#${count}.`.padStart(8, "-");
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
    expect((await open()).sort()).toEqual([...expected].sort());
  });

  it("answers those who may ask", async () => {
    await start(member, { ...B, access: "public", peers: [] });
    const text = uniqueText();
    await place.send(A.address, PORT, text);
    const answer = uniqueText();
    // To the port that the question came from.
    place.a.send(...udpFrames(ends(GATEWAY), { from: PORT, to: PORT, text: answer }));
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

describe("changes", () => {
  it("hold at once, for what flows already too", async () => {
    await start({ ...A, access: "full", peers: [B.address] }, { ...B, access: "public", peers: [] });
    expect(await open()).toEqual(expect.arrayContaining([...INSIDE, "another guest"]));
    await firewall.admit({ ...A, access: "public", peers: [] });
    expect((await open()).sort()).toEqual(["the resolver", ...INTERNET].sort());
    await firewall.admit({ ...A, access: "none", peers: [] });
    expect(await open()).toEqual([]);
    await firewall.admit({ ...A, access: "public", peers: [] });
    expect((await open()).sort()).toEqual(["the resolver", ...INTERNET].sort());
  });

  it("a flush of all rules opens nothing, and is repaired", async () => {
    await start({ ...A, access: "public", peers: [] }, { ...B, access: "public", peers: [] });
    expect(await firewall.repair()).toBe(false);
    execFileSync("nft", ["flush", "ruleset"]);
    // Without the translation nothing comes back from the internet; what was closed stays so.
    expect(await open()).toEqual(["the resolver"]);
    expect(await firewall.repair()).toBe(true);
    expect((await open()).sort()).toEqual(["the resolver", ...INTERNET].sort());
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
    expect((await open()).sort()).toEqual(["the resolver", ...INTERNET].sort());
  });

  it("leave nothing at the end", async () => {
    await start({ ...A, access: "public", peers: [B.address] });
    await firewall.close();
    expect(execFileSync("nft", ["list", "ruleset"]).toString()).toBe("");
  });
});

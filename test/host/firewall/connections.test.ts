import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Connections } from "../../../src/firewall/connections.ts";
import { Firewall } from "../../../src/firewall/firewall.ts";
import type { Member } from "../../../src/firewall/member.ts";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { eventually } from "../../e2e/support/run.ts";
import { readIpv4, udpFrames } from "./support/frames.ts";
import { type Guest, HOST, NETWORK, type Place, PORT, PRIVATE, PUBLIC } from "./support/place.ts";
import { A, B, openVethPlace } from "./support/veth-place.ts";
import { ends, uniqueText } from "./support/ways.ts";

/** Of one guest, here. */
const MOST = 16;
const [ASKED, ADMIN_PROHIBITED] = [4001, 13];

let place: Place;
let closePlace: () => Promise<void>;
let host: HostOps;
let firewall: Firewall;
let connections: Connections;

beforeAll(async () => {
  host = openReal();
  ({ place, close: closePlace } = await openVethPlace());
});
beforeEach(() => {
  firewall = new Firewall({ nft: host.nft, network: NETWORK, logger: silentLogger, mostConnections: MOST });
  connections = new Connections({ conntrack: host.conntrack, network: NETWORK, logger: silentLogger });
});
afterEach(async () => {
  await firewall.close();
  for (const { address } of [A, B]) await connections.forget(address);
});
afterAll(async () => {
  await host.close();
  await closePlace();
});

const member = (access: Member["access"], guest: Guest = A): Member => ({ ...guest, access, peers: [] });

/** As a change of a guest is made. */
async function change(now: Member): Promise<void> {
  await connections.cut(now, await firewall.admit(now));
}

/** The guest asks somebody outside; an answer to what he saw of that. */
async function ask(destination: string): Promise<(text: string) => void> {
  const text = uniqueText();
  place.a.send(...udpFrames(ends(place, destination), { to: ASKED, text }));
  await place.settled();
  const [seen] = place.uplink.with(text);
  const port = readIpv4(seen as Buffer)?.payload.readUInt16BE(0) ?? 0;
  const outside = { sourceMac: "02:00:00:00:07:01", destinationMac: place.macOf("up0") };
  const back = { ...outside, source: destination, destination: HOST };
  return (answer) => place.uplink.send(...udpFrames(back, { from: ASKED, to: port, text: answer }));
}

/** Whether it reaches whoever has the guest's link now. */
async function arrives(answer: (text: string) => void): Promise<boolean> {
  const text = uniqueText();
  answer(text);
  await place.settled();
  return place.a.with(text).length > 0;
}

describe("answers to a guest (NET-3)", () => {
  it("of before do not reach the next one at its address", async () => {
    await change(member("public"));
    const answer = await ask(PUBLIC);
    expect(await arrives(answer)).toBe(true);
    await firewall.dismiss(A.tap);
    await connections.forget(A.address);
    await change(member("public"));
    expect(await arrives(answer)).toBe(false);
    expect(await host.conntrack.list({ originalSource: A.address })).toEqual([]);
    expect(await arrives(await ask(PUBLIC))).toBe(true);
  });

  it("from where it may not any more do not come, and others do", async () => {
    await change(member("full"));
    const [inside, internet] = [await ask(PRIVATE), await ask(PUBLIC)];
    expect([await arrives(inside), await arrives(internet)]).toEqual([true, true]);
    await change(member("public"));
    expect([await arrives(inside), await arrives(internet)]).toEqual([false, true]);
    await change(member("none"));
    expect([await arrives(inside), await arrives(internet)]).toEqual([false, false]);
  });

  it("of a peer that is one no more are forgotten with what was asked", async () => {
    await change(member("public", B));
    await change({ ...member("public"), peers: [B.address] });
    const fromB = { sourceMac: B.mac, destinationMac: place.macOf(B.tap), source: B.address };
    const texts = [uniqueText(), uniqueText()] as const;
    place.a.send(...udpFrames(ends(place, B.address), { from: 4000, to: 4001, text: texts[0] }));
    place.b.send(
      ...udpFrames({ ...fromB, destination: A.address }, { from: 4002, to: 4003, text: texts[1] }),
    );
    await place.settled();
    const between = async () =>
      (
        await Promise.all([A, B].map(({ address }) => host.conntrack.list({ originalSource: address })))
      ).flat();
    expect(await between()).toHaveLength(2);
    await change(member("public"));
    expect(await between()).toEqual([]);
  });
});

describe("how many connections a guest has (NET-3)", () => {
  /** So many of its own, each from another port: as many as come through. */
  async function come(count: number, from: number): Promise<number> {
    const text = uniqueText();
    const way = ends(place, PUBLIC);
    const ports = Array.from({ length: count }, (_, index) => from + index);
    place.a.send(...ports.flatMap((port) => udpFrames(way, { from: port, to: PORT, text })));
    await place.settled();
    return place.uplink.with(text).length;
  }

  const isRefusal = (frame: Buffer) => {
    const payload = readIpv4(frame)?.payload;
    return payload?.[0] === 3 && payload[1] === ADMIN_PROHIBITED;
  };

  it("has a bound, which is one guest's; beyond it a refusal is said", async () => {
    await change(member("public"));
    await change(member("public", B));
    const before = place.a.seen.filter(isRefusal).length;
    expect(await come(40, 5000)).toBe(MOST);
    expect(place.a.seen.filter(isRefusal).length).toBeGreaterThan(before);
    // What it has goes on, what is another's begins.
    expect(await come(MOST, 5000)).toBe(MOST);
    const text = uniqueText();
    const fromB = { sourceMac: B.mac, destinationMac: place.macOf(B.tap), source: B.address };
    place.b.send(...udpFrames({ ...fromB, destination: PUBLIC }, { to: PORT, text }));
    await place.settled();
    expect(place.uplink.with(text)).toHaveLength(1);
  });

  it("counts what there is: those that have ended make room, and the next guest at that address has all of it", async () => {
    await change(member("public"));
    let next = 6000;
    const one = () => come(1, next++);
    expect(await come(MOST, 5000)).toBe(MOST);
    expect(await one()).toBe(0);
    await host.conntrack.delete({ originalSource: A.address });
    await eventually(async () => (await one()) === 1, "there is room again");
    await firewall.dismiss(A.tap);
    await connections.forget(A.address);
    await change(member("public"));
    let had = 0;
    await eventually(async () => {
      had += await one();
      return had === MOST;
    }, "the next one has as many");
    expect(await one()).toBe(0);
  });

  it("costs no more of the host's memory the more are refused", async (context) => {
    const file = "/sys/kernel/slab/nf_conncount_tuple/objects";
    if (!existsSync(file)) context.skip(`this kernel does not tell what is counted: there is no ${file}`);
    const remembered = () => Number.parseInt(readFileSync(file, "utf8"), 10);
    await change(member("public"));
    const before = remembered();
    for (let round = 0; round < 10; round++)
      expect(await come(4000, 10_000 + 4000 * round)).toBeLessThan(2 * MOST);
    expect(remembered() - before).toBeLessThan(10_000);
  });
});

describe("the number of nftables' last transaction", () => {
  it("is others' alone, less our own", async () => {
    await change(member("public"));
    const before = await firewall.othersGeneration();
    await change({ ...member("full"), peers: [B.address] });
    await change(member("none", B));
    await firewall.unpeer(B.address);
    await firewall.fence(["up0"]);
    await firewall.dismiss(B.tap);
    await firewall.dismiss(B.tap);
    expect(await firewall.othersGeneration()).toBe(before);
    const element = `{ ${A.tap} . ${A.mac} . ${A.address} }`;
    execFileSync("nft", ["delete", "element", "inet", "banger", "guests", element]);
    expect(await firewall.othersGeneration()).toBe(before + 1);
    // What is gone already is left out of ours, which is a transaction all the same.
    await firewall.dismiss(A.tap);
    await change(member("public"));
    expect(await firewall.othersGeneration()).toBe(before + 1);
    execFileSync("nft", ["flush", "ruleset"]);
    const flushed = await firewall.othersGeneration();
    expect(flushed).toBeGreaterThan(before + 1);
    expect(await firewall.repair()).toBe(true);
    expect(await firewall.othersGeneration()).toBe(flushed);
  });
});

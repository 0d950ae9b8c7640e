import { beforeEach, describe, expect, it } from "vitest";
import { Connections } from "../../../src/firewall/connections.ts";
import { Firewall } from "../../../src/firewall/firewall.ts";
import type { Member } from "../../../src/firewall/member.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../src/host/fake/index.ts";
import { type Logger, silentLogger } from "../../../src/shared/logger.ts";

const network = { cidr: "172.30.0.0/16", gateway: "172.30.0.1" };
const [A, B, C] = ["172.30.0.2", "172.30.0.3", "172.30.0.4"];
const HOST = "192.168.7.2";
const [INTERNET, INSIDE] = ["93.184.216.34", "10.77.0.1"];

let fake: FakeHostOps;
let firewall: Firewall;

beforeEach(() => {
  fake = openFakeHostOps();
  firewall = new Firewall({ nft: fake.nft, network, logger: silentLogger });
  track(A, INTERNET, { masqueraded: true });
  track(A, INSIDE, { masqueraded: true });
  track(A, B);
  track(B, A);
  track(C, A);
  track(A, "172.30.0.1");
  track("172.30.0.1", A);
  track(B, INTERNET, { masqueraded: true });
});

/** A connection from one to the other. */
function track(source: string, destination: string, { masqueraded = false } = {}): void {
  const ports = { sourcePort: 4000, destinationPort: 53 };
  fake.kernel.connections.push({
    protocol: 17,
    original: { source, destination, ...ports },
    reply: { source: destination, destination: masqueraded ? HOST : source, ...ports },
  });
}

const left = () =>
  fake.kernel.connections.map(({ original }) => `${original.source} ${original.destination}`);
const member = (access: Member["access"], ...peers: string[]): Member => ({
  ...{ tap: "bgr2", mac: "02:62:67:00:00:02", address: A, access, peers },
});

/** From what it was to what it is: what of all connections is cut. */
async function cutBy(before: Member, now: Member, logger: Logger = silentLogger): Promise<string[]> {
  const connections = new Connections({ conntrack: fake.conntrack, network, logger });
  const all = left();
  await connections.cut(before, await firewall.admit(before));
  expect(left()).toEqual(all);
  await connections.cut(now, await firewall.admit(now));
  return all.filter((each) => !left().includes(each));
}

describe("connections of a guest (NET-3)", () => {
  it("are all forgotten when it is gone, whoever began them", async () => {
    await new Connections({ conntrack: fake.conntrack, network, logger: silentLogger }).forget(A);
    expect(left()).toEqual([`${B} ${INTERNET}`]);
  });

  it("are all cut when it may do nothing any more", async () => {
    expect(await cutBy(member("full"), member("none"))).toHaveLength(7);
    expect(left()).toEqual([`${B} ${INTERNET}`]);
  });

  it("to private networks are cut when it may reach the internet alone; those to peers and to the resolver are not", async () => {
    expect(await cutBy(member("full"), member("public"))).toEqual([`${A} ${INSIDE}`]);
  });

  it("with a peer that is one no more are cut, both ways", async () => {
    expect(await cutBy(member("public", B, C), member("public", C))).toEqual([`${A} ${B}`, `${B} ${A}`]);
  });

  it("with a peer that wants it still are not", async () => {
    await firewall.admit({ ...member("public", A), tap: "bgr3", address: B });
    expect(await cutBy(member("public", B), member("public"))).toEqual([]);
  });

  it("stay when it may more, or the same", async () => {
    expect(await cutBy(member("public", B), member("full", B, C))).toEqual([]);
    await firewall.dismiss("bgr2");
    expect(await cutBy(member("none"), member("public"))).toEqual([]);
  });

  it("of a kernel that cannot forget them are no error, and that is said once", async () => {
    const said: string[] = [];
    fake = openFakeHostOps({ conntrack: false });
    const logger = { ...silentLogger, warn: (_: object, text: string) => said.push(text) } as Logger;
    const connections = new Connections({ conntrack: fake.conntrack, network, logger });
    for (const address of [A, B]) await connections.forget(address);
    expect(said).toEqual(["connections of guests that are gone stay until they end by themselves"]);
  });

  it("that could not be forgotten are an error: its address is not to be another's yet", async () => {
    fake.faults.fail("conntrack.delete", { errnoCode: "ENOBUFS" });
    const connections = new Connections({ conntrack: fake.conntrack, network, logger: silentLogger });
    await expect(connections.forget(A)).rejects.toMatchObject({ errnoCode: "ENOBUFS" });
    await connections.forget(A);
    expect(left()).toEqual([`${B} ${INTERNET}`]);
  });
});

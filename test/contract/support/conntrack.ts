import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { FakeHostOps } from "../../../src/host/fake/index.ts";
import type { ConntrackInfo, LocalHostOps } from "../../../src/host/host-ops.ts";
import { ct, ip, match, matchAny, nat, nftRule } from "../../../src/shared/nft/index.ts";

const table = { family: "inet", name: "bgrtest-ct" } as const;
const NAT_OUTPUT = -100;
/** What is sent to FROM arrives at TO. */
export const [FROM, TO] = ["127.0.9.8", "127.0.9.9"];
const [PORT, SERVICE] = [4000, 4001];
const SOURCES = ["127.0.9.1", "127.0.9.2", "127.0.9.3"];

/**
 * A host whose connections are tracked: on lo, by a rule that asks for their state. Those that are made here are gone after each test. Call inside
 * `describe`.
 */
export function useConntrack(open: () => LocalHostOps) {
  const host = open();
  const fake = "kernel" in host ? (host as FakeHostOps) : null;

  beforeAll(async () => {
    const filter = { table, name: "output", base: { type: "filter", hook: "output", priority: 0 } } as const;
    const base = { type: "nat", hook: "output", priority: NAT_OUTPUT } as const;
    const chain = { table, name: "nat", base };
    await host.nft.apply([
      { op: "add-table", table },
      { op: "add-chain", chain: filter },
      { op: "add-chain", chain },
      { op: "add-rule", rule: { chain: filter, expressions: nftRule(matchAny(ct.state, "new")) } },
      {
        op: "add-rule",
        rule: { chain, expressions: nftRule(match(ip.daddr, FROM), nat("dnat", { address: TO })) },
      },
    ]);
  });
  afterEach(async () => {
    for (const originalSource of SOURCES) await host.conntrack.delete({ originalSource });
  });
  afterAll(async () => {
    await host.nft.apply([{ op: "delete-table", table }]);
    await host.close();
  });

  /** A connection of UDP. */
  async function connect(source: string, destination: string): Promise<void> {
    if (fake !== null) {
      fake.kernel.connections.push(connection(source, destination));
      return;
    }
    const socket = createSocket("udp4");
    socket.bind(PORT, source);
    await once(socket, "listening");
    await new Promise<void>((resolve, reject) =>
      socket.send("hello", SERVICE, destination, (error) => (error ? reject(error) : resolve())),
    );
    socket.close();
  }

  /** Of those that are made here, where they lead. */
  async function there(): Promise<string[]> {
    const all = await host.conntrack.list();
    const ours = all.filter(({ original }) => SOURCES.includes(original.source));
    return ours.map(({ original, reply }) => `${original.source} ${reply.source}`).sort();
  }

  return { host, conntrack: host.conntrack, connect, there };
}

/** As it is told. */
export function connection(source: string, destination: string): ConntrackInfo {
  return {
    protocol: 17,
    original: { source, destination, sourcePort: PORT, destinationPort: SERVICE },
    reply: {
      ...{ source: destination === FROM ? TO : destination, destination: source },
      ...{ sourcePort: SERVICE, destinationPort: PORT },
    },
  };
}

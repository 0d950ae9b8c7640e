import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect as connectTcp, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalHostOps } from "../../../src/host/host-ops.ts";
import { loadAddon } from "../../../src/host/linux/addon.ts";
import { LinuxConntrack } from "../../../src/host/linux/conntrack.ts";
import { ct, matchAny, nftRule } from "../../../src/shared/nft/index.ts";
import { openReal } from "../../contract/support/hosts.ts";

const table = { family: "inet", name: "bgrtest-ct" } as const;
const [A, B] = ["127.0.9.1", "127.0.9.2"];
/** From A to B, by a raw socket. */
const ECHO_REQUEST = `
  sub at { pack("SnC4x8", 2, 0, split(/\\./, shift)) }
  socket(my $s, 2, 3, 1) or die $!;
  bind($s, at("${A}")) or die $!;
  send($s, pack("H*", "0800f7fd00010001"), 0, at("${B}")) or die $!;`;
let host: LocalHostOps;

beforeAll(async () => {
  host = openReal();
  const base = { type: "filter", hook: "output", priority: 0 } as const;
  const chain = { table, name: "output", base };
  await host.nft.apply([
    { op: "add-table", table },
    { op: "add-chain", chain },
    { op: "add-rule", rule: { chain, expressions: nftRule(matchAny(ct.state, "new")) } },
  ]);
});
afterAll(async () => {
  await host.nft.apply([{ op: "delete-table", table }]);
  await host.close();
});

/** TCP and ICMP from A to B. */
async function make(): Promise<void> {
  const server = createServer((socket) => socket.end());
  server.listen(0, B);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const client = connectTcp({ host: B, port, localAddress: A });
  client.resume();
  await once(client, "close");
  server.close();
  execFileSync("perl", ["-e", ECHO_REQUEST]);
}

describe.each([true, false])("deleting by sources: %s", (deletesBySources) => {
  it("takes connections of every protocol, and those of nobody else", async () => {
    const conntrack = new LinuxConntrack(loadAddon(), "kept", { deletesBySources });
    await make();
    const protocols = async () =>
      (await conntrack.list({ originalSource: A })).map(({ protocol }) => protocol).sort((a, b) => a - b);
    expect(await protocols()).toEqual([1, 6]);
    const [icmp, tcp] = (await conntrack.list({ originalSource: A })).sort((a, b) => a.protocol - b.protocol);
    expect(icmp?.original).toEqual({ source: A, destination: B, sourcePort: null, destinationPort: null });
    expect(tcp?.reply.sourcePort).toBe(tcp?.original.destinationPort);
    await conntrack.delete({ originalSource: B });
    expect(await protocols()).toEqual([1, 6]);
    await conntrack.delete({ replySource: B });
    expect(await protocols()).toEqual([]);
    await conntrack.close();
  });
});

describe("the socket of ctnetlink", () => {
  it("is one, and is given back", async () => {
    const descriptors = () => readdirSync("/proc/self/fd").length;
    const another = openReal();
    const before = descriptors();
    for (let round = 0; round < 50; round++)
      await Promise.all([
        another.conntrack.usage(),
        another.conntrack.list(),
        another.conntrack.delete({ replySource: A }),
      ]);
    expect(descriptors()).toBe(before + 1);
    await another.close();
    expect(descriptors()).toBe(before);
    await expect(another.conntrack.usage()).rejects.toMatchObject({ code: "ERR_HOST_CLOSED" });
  });
});

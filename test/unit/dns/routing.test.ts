import { describe, expect, it } from "vitest";
import type { Routing } from "../../../src/dns/resolved/resolved.ts";
import { NameRouting } from "../../../src/dns/routing.ts";
import { silentLogger } from "../../../src/shared/logger.ts";

const SERVER = { address: "127.0.0.1", port: 42_069 };

function routing(answers: { runs?: boolean; failures?: number } = {}) {
  const calls: string[] = [];
  let failures = answers.failures ?? 0;
  const settled = Promise.withResolvers<void>();
  const resolved = {
    route: async ({ linkIndex, server, domains }: Routing) => {
      calls.push(`route ${linkIndex} ${server.address}:${server.port} ${domains}`);
      if (failures > 0) {
        failures -= 1;
        throw new Error("no such link");
      }
      settled.resolve();
      return answers.runs ?? true;
    },
    revert: async (index: number) => {
      calls.push(`revert ${index}`);
      return true;
    },
  };
  return { calls, settled: settled.promise, routing: new NameRouting(resolved, ["vm"], silentLogger, 1) };
}

describe("systemd-resolved's routing (NET-4)", () => {
  it("is set when there is a link and a server, and taken back before the link goes", async () => {
    const { calls, settled, routing: names } = routing();
    names.serverAt(SERVER);
    expect(names.state).toBeNull();
    names.linkUp(7);
    await settled;
    await names.linkDown();
    expect(calls).toEqual(["route 7 127.0.0.1:42069 vm", "revert 7"]);
    expect(names.state).toBeNull();
  });

  it("waits for a server that comes late, and asks loopback of one that is on all addresses", async () => {
    const { calls, settled, routing: names } = routing();
    names.linkUp(7);
    names.serverAt({ address: "0.0.0.0", port: 53 });
    await settled;
    await names.linkDown();
    expect(calls).toEqual(["route 7 127.0.0.1:53 vm", "revert 7"]);
  });

  it("is set anew on a link that was made anew", async () => {
    const { calls, settled, routing: names } = routing();
    names.serverAt(SERVER);
    names.linkUp(7);
    await settled;
    names.linkUp(9);
    names.linkUp(9);
    await new Promise(setImmediate);
    await names.linkDown();
    expect(calls).toEqual(["route 7 127.0.0.1:42069 vm", "route 9 127.0.0.1:42069 vm", "revert 9"]);
  });

  it("is not even begun for a link that goes at once", async () => {
    const { calls, routing: names } = routing();
    names.serverAt(SERVER);
    names.linkUp(7);
    await names.linkDown();
    expect(calls).toEqual([]);
  });

  it("is nobody's trouble where resolved does not run", async () => {
    const { settled, routing: names } = routing({ runs: false });
    names.serverAt(SERVER);
    names.linkUp(7);
    await settled;
    await new Promise(setImmediate);
    expect(names.state).toEqual({ state: "absent", problem: null });
    await names.linkDown();
  });

  it("is tried again for a link that resolved does not know yet", async () => {
    const { calls, settled, routing: names } = routing({ failures: 3 });
    names.serverAt(SERVER);
    names.linkUp(7);
    await settled;
    await new Promise(setImmediate);
    expect([calls.length, names.state]).toEqual([4, { state: "routed", problem: null }]);
    await names.linkDown();
  });

  it("says why it could not be set", async () => {
    const { routing: names } = routing({ failures: 1_000 });
    names.serverAt(SERVER);
    names.linkUp(7);
    while (names.state === null) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(names.state).toEqual({ state: "failed", problem: "no such link" });
    await names.linkDown();
  });
});

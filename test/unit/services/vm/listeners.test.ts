import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GuestListener } from "../../../../src/domain/guest-ports.ts";
import { guestServices } from "../../../../src/services/vm/listeners.ts";

const GUEST = "172.30.0.2";
const socket = (address: string, port: number, more: Partial<GuestListener> = {}): GuestListener => ({
  ...{ protocol: "tcp", address, port, pid: 7, process: "web", command: "web --all" },
  ...more,
});

describe("what listens in a guest (NET-5)", () => {
  it("shows IPv4 and IPv6 binds of one port once", () => {
    const found = guestServices([socket("::", 80), socket("0.0.0.0", 80)], GUEST);
    expect(found).toMatchObject([{ port: 80, addresses: ["0.0.0.0", "::"], guestOnly: false, pid: 7 }]);
  });

  it("shows the sockets of several workers once, by the first of them", () => {
    const workers = [9, 7, 8].map((pid) => socket("0.0.0.0", 80, { pid, command: `web ${pid}` }));
    expect(guestServices(workers, GUEST)).toMatchObject([
      { pid: 7, command: "web 7", addresses: ["0.0.0.0"] },
    ]);
  });

  it("keeps other programs, ports and protocols apart, by port", () => {
    const found = guestServices(
      [
        socket("0.0.0.0", 90),
        socket("127.0.0.1", 53, { process: "resolver" }),
        socket("0.0.0.0", 53, { process: "dns" }),
        socket("0.0.0.0", 53, { process: "dns", protocol: "udp" }),
      ],
      GUEST,
    );
    expect(found.map(({ protocol, port, process }) => `${protocol} ${port} ${process}`)).toEqual([
      "tcp 53 resolver",
      "tcp 53 dns",
      "udp 53 dns",
      "tcp 90 web",
    ]);
  });

  it.each([
    [["127.0.0.1"], true],
    [["127.0.0.53", "::1"], true],
    [["172.17.0.1"], true],
    [["::ffff:127.0.0.1"], true],
    [["::ffff:172.30.0.2"], false],
    [["127.0.0.1", GUEST], false],
    [["::"], false],
  ])("knows what only the guest reaches: %j %o", (addresses, guestOnly) => {
    const [found] = guestServices(
      addresses.map((address) => socket(address, 80)),
      GUEST,
    );
    expect(found?.guestOnly).toBe(guestOnly);
    expect(found?.addresses.join()).not.toContain("ffff");
  });

  it("loses no port and no address, whatever the guest says", () => {
    const listener = fc.record({
      protocol: fc.constantFrom("tcp" as const, "udp" as const),
      address: fc.constantFrom("0.0.0.0", "::", "127.0.0.1", "::1", "10.0.0.1"),
      port: fc.integer({ min: 0, max: 20 }),
      pid: fc.option(fc.nat(9)),
      process: fc.option(fc.constantFrom("a", "b", '"]', "__proto__")),
      command: fc.option(fc.string()),
    });
    fc.assert(
      fc.property(fc.array(listener), (listeners) => {
        const services = guestServices(listeners, GUEST);
        const keys = (all: readonly { protocol: string; port: number; process: string | null }[]) =>
          new Set(all.map(({ protocol, port, process }) => `${protocol} ${port} ${process}`));
        expect(keys(services)).toEqual(keys(listeners));
        expect(services).toHaveLength(keys(services).size);
      }),
    );
  });
});

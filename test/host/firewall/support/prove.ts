import { describe, expect, it } from "vitest";
import type { NetAccess } from "../../../../src/domain/vm.ts";
import { eventually } from "../../../e2e/support/run.ts";
import { udpFrames } from "./frames.ts";
import { GATEWAY, HOST, type Place, PORT, PUBLIC, ROUTER_MAC } from "./place.ts";
import { ends, uniqueText, whatArrives } from "./ways.ts";

const RESOLVER = ["the resolver", "the resolver by TCP"];
const INTERNET = ["a public address outside", "a ping of the internet", "fragments to the internet"];
const INSIDE = ["a private address outside", "a ping of a private address", "fragments to a private address"];
const PEER = ["another guest", "a ping of another guest", "fragments to another guest"];

/** What the first guest may reach; the other one is `public`. */
export interface Allowed {
  readonly access: NetAccess;
  readonly peer?: boolean;
}

/** What of all ways a guest has, sorted as {@link whatArrives} sorts. */
export function allowedWays({ access, peer = false }: Allowed): string[] {
  const reached = {
    none: [],
    public: [...RESOLVER, ...INTERNET],
    full: [...RESOLVER, ...INTERNET, ...INSIDE],
  };
  return [...reached[access], ...(peer ? PEER : [])].sort();
}

/** The kinds of guests. */
export const ROWS: [string, Allowed][] = [
  ["none", { access: "none" }],
  ["public", { access: "public" }],
  ["full", { access: "full" }],
  ["public, and a peer", { access: "public", peer: true }],
  ["full, and a peer", { access: "full", peer: true }],
];

/** All that is allowed arrives, and nothing else. */
export async function expectWays(place: Place, allowed: Allowed): Promise<void> {
  expect(await whatArrives(place)).toEqual(allowedWays(allowed));
}

/** The matrix of NET-3, whoever the guests are: programs at a link's end, or machines. `allow` changes what the first one may. */
export function proveByPackets(at: () => Place, allow: (allowed: Allowed) => Promise<void>): void {
  describe.each(ROWS)("a guest with --net %s (NET-3)", (_, allowed) => {
    it("reaches that and nothing else", async () => {
      await allow(allowed);
      await expectWays(at(), allowed);
    });

    it("answers those who may ask", async () => {
      const place = at();
      await allow(allowed);
      const [text, answer] = [uniqueText(), uniqueText()];
      place.send(place.guestA.address, PORT, text);
      await eventually(async () => place.a.with(text).length > 0, "the guest is asked");
      // To the port that the question came from.
      place.a.send(...udpFrames(ends(place, GATEWAY), { from: PORT, to: PORT, text: answer }));
      await place.settled();
      expect(place.received.includes(`${PORT} ${answer}`)).toBe(allowed.access !== "none");
    });

    it("is reached by nobody outside, nor by somebody who says he is a guest", async () => {
      const place = at();
      await allow(allowed);
      const [direct, asGuest, toHostAsGuest] = [uniqueText(), uniqueText(), uniqueText()];
      fromOutside(place, PUBLIC, place.guestA.address, direct);
      fromOutside(place, place.guestB.address, place.guestA.address, asGuest);
      fromOutside(place, place.guestB.address, HOST, toHostAsGuest);
      await place.settled();
      expect([...place.a.with(direct), ...place.a.with(asGuest)]).toEqual([]);
      expect(place.received).not.toContain(`${PORT} ${toHostAsGuest}`);
    });
  });

  describe("a guest that tries more", () => {
    it("does not get what is for a port of the host, by sending from that port first", async () => {
      const place = at();
      await allow({ access: "public" });
      place.a.send(...udpFrames(ends(place, PUBLIC), { from: PORT, to: 4001, text: uniqueText() }));
      await place.settled();
      const text = uniqueText();
      fromOutside(place, PUBLIC, HOST, text, 4001);
      await place.settled();
      expect(place.a.with(text)).toEqual([]);
      expect(place.received).toContain(`${PORT} ${text}`);
    });

    it("cannot answer a peer that is one no more", async () => {
      const place = at();
      await allow({ access: "public", peer: true });
      const [question, answer, late] = [uniqueText(), uniqueText(), uniqueText()];
      place.b.send(
        ...udpFrames(fromB(place, place.guestA.address), { from: PORT, to: PORT, text: question }),
      );
      await place.settled();
      expect(place.a.with(question)).not.toEqual([]);
      const reply = (text: string) =>
        udpFrames(ends(place, place.guestB.address), { from: PORT, to: PORT, text });
      place.a.send(...reply(answer));
      await place.settled();
      expect(place.b.with(answer)).not.toEqual([]);
      await allow({ access: "public" });
      place.a.send(...reply(late));
      await place.settled();
      expect(place.b.with(late)).toEqual([]);
    });

    it("puts no fragment of its own into another guest's packet", async () => {
      const place = at();
      await allow({ access: "public" });
      const text = uniqueText();
      const packet = { to: PORT, text, fragments: true };
      const [first] = udpFrames(fromB(place, PUBLIC), packet);
      const [, last] = udpFrames(ends(place, PUBLIC, { source: place.guestB.address }), packet);
      place.b.send(first as Buffer);
      await place.settled();
      place.a.send(last as Buffer);
      await place.settled();
      expect(place.uplink.with(text.slice(-8))).toEqual([]);
    });
  });

  it("changes hold at once, for what flows already too (VM-9)", async () => {
    const steps: Allowed[] = [
      { access: "full", peer: true },
      { access: "public" },
      { access: "none" },
      { access: "public" },
    ];
    for (const allowed of steps) {
      await allow(allowed);
      await expectWays(at(), allowed);
    }
  });
}

function fromB(place: Place, destination: string) {
  const { mac: sourceMac, address: source, tap } = place.guestB;
  return { sourceMac, destinationMac: place.macOf(tap), source, destination };
}

/** By the uplink, under whatever address. */
function fromOutside(place: Place, source: string, destination: string, text: string, from = 4000): void {
  const macs = { sourceMac: ROUTER_MAC, destinationMac: place.macOf("up0") };
  place.uplink.send(...udpFrames({ ...macs, source, destination }, { from, to: PORT, text }));
}

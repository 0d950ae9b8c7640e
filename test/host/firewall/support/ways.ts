import { query } from "../../../unit/dns/support/wire.ts";
import { type Ends, echoRequest, readIpv4, tcpFrames, udp6Frames, udpFrames } from "./frames.ts";
import { GATEWAY, HOST, HOST_DNS_PORT, type Place, PORT, PRIVATE, PUBLIC } from "./place.ts";

interface Way {
  readonly frames: Buffer[];
  readonly arrived: () => boolean;
}

/** What the first guest sends, where nothing else is said. */
export function ends(place: Place, destination: string, other: Partial<Ends> = {}): Ends {
  const { mac: sourceMac, address: source, tap } = place.guestA;
  return { sourceMac, destinationMac: place.macOf(tap), source, destination, ...other };
}

let count = 0;

/** What a guest sends, and where it arrives: the names of the rows. */
const WAYS: Record<string, (place: Place, text: string) => Way> = {
  "the resolver": (place, text) => toHost(place, text, GATEWAY, 53),
  "the resolver by TCP": (place, text) => connection(place, text, GATEWAY, 53),
  "another port of the gateway": (place, text) => toHost(place, text, GATEWAY, PORT),
  "another port of the gateway by TCP": (place, text) => connection(place, text, GATEWAY, PORT),
  "fragments to another port of the gateway": (place, text) => ({
    ...toHost(place, text, GATEWAY, PORT),
    frames: udpFrames(ends(place, GATEWAY), { to: PORT, text, fragments: true }),
  }),
  "the host's own DNS port, on the gateway": (place, text) => toHost(place, text, GATEWAY, HOST_DNS_PORT),
  "another address of the host": (place, text) => toHost(place, text, HOST, PORT),
  "another address of the host, port 53": (place, text) => toHost(place, text, HOST, 53),
  "another address of the host, its own DNS port": (place, text) => toHost(place, text, HOST, HOST_DNS_PORT),
  "the host's loopback address": (place, text) => toHost(place, text, "127.0.0.1", PORT),
  "the host's loopback address, its own DNS port": (place, text) =>
    toHost(place, text, "127.0.0.1", HOST_DNS_PORT),
  "a private address outside": (place, text) => toUplink(place, text, PRIVATE),
  "a public address outside": (place, text) => toUplink(place, text, PUBLIC),
  "another guest": (place, text) => toGuest(place, text, (to) => udpFrames(to, { to: PORT, text })),
  "a ping of another guest": (place, text) => toGuest(place, text, (to) => echoRequest(to, text)),
  "fragments to another guest": (place, text) => ({
    ...toGuest(place, text, (to) => udpFrames(to, { to: PORT, text, fragments: true })),
    arrived: () => place.b.with(text.slice(-8)).length > 0,
  }),
  "the internet by another's address": (place, text) =>
    toUplink(place, text, PUBLIC, { source: place.guestB.address }),
  "the internet by an address of nobody": (place, text) =>
    toUplink(place, text, PUBLIC, { source: "8.8.8.8" }),
  "the internet by another MAC": (place, text) =>
    toUplink(place, text, PUBLIC, { sourceMac: place.guestB.mac }),
  "the resolver by another's address": (place, text) =>
    toHost(place, text, GATEWAY, 53, { source: place.guestB.address }),
  "the resolver by another MAC": (place, text) =>
    toHost(place, text, GATEWAY, 53, { sourceMac: place.guestB.mac }),
  "the host by IPv6, link-local": (place, text) => ({
    frames: udp6Frames(
      {
        sourceMac: place.guestA.mac,
        destinationMac: "33:33:00:00:00:01",
        source: "fe80::99",
        destination: "ff02::1",
      },
      { to: PORT, text },
    ),
    arrived: () => place.hostHeard(PORT, text),
  }),
  "the host by broadcast": (place, text) =>
    toHost(place, text, "255.255.255.255", PORT, { destinationMac: "ff:ff:ff:ff:ff:ff" }),
  "the host by multicast": (place, text) =>
    toHost(place, text, "224.0.0.1", PORT, { destinationMac: "01:00:5e:00:00:01" }),
  "a ping of the gateway": (place, text) => ({
    frames: echoRequest(ends(place, GATEWAY), text),
    arrived: () => place.a.with(text).some(isEchoReply),
  }),
  "a ping of the internet": (place, text) => ({
    frames: echoRequest(ends(place, PUBLIC), text),
    arrived: () => place.uplink.with(text).length > 0 && place.a.with(text).some(isEchoReply),
  }),
  "a ping of a private address": (place, text) => ({
    frames: echoRequest(ends(place, PRIVATE), text),
    arrived: () => place.uplink.with(text).length > 0,
  }),
  "fragments to the internet": (place, text) => toUplink(place, text, PUBLIC, {}, true),
  "fragments to a private address": (place, text) => toUplink(place, text, PRIVATE, {}, true),
};

function toHost(place: Place, text: string, address: string, port: number, other: Partial<Ends> = {}): Way {
  // A resolver answers questions only.
  const message = port === PORT ? text : query({ name: `${text}.vm` });
  return {
    frames: udpFrames(ends(place, address, other), { to: port, text: message }),
    arrived: () => place.hostHeard(port, text),
  };
}

/** Whoever has the address answers: that there is a server, or that there is none. */
function connection(place: Place, text: string, address: string, to: number): Way {
  const from = 20_000 + count;
  return {
    frames: tcpFrames(ends(place, address), { from, to, text }),
    arrived: () =>
      place.a.seen.some((frame) => {
        const packet = readIpv4(frame);
        if (packet?.protocol !== TCP || packet.source !== address) return false;
        return packet.payload.readUInt16BE(0) === to && packet.payload.readUInt16BE(2) === from;
      }),
  };
}

function toGuest(place: Place, text: string, framesTo: (ends: Ends) => Buffer[]): Way {
  return {
    frames: framesTo(ends(place, place.guestB.address)),
    arrived: () => place.b.with(text).length > 0,
  };
}

function toUplink(
  place: Place,
  text: string,
  address: string,
  other: Partial<Ends> = {},
  fragments = false,
): Way {
  return {
    frames: udpFrames(ends(place, address, other), { to: PORT, text, fragments }),
    // As the host itself: nobody outside could answer a guest's address. The text's end is in the last fragment.
    arrived: () =>
      place.uplink.with(text.slice(-8)).some((frame) => {
        const packet = readIpv4(frame);
        return packet?.destination === address && packet.source === HOST;
      }),
  };
}

const TCP = 6;

function isEchoReply(frame: Buffer): boolean {
  return readIpv4(frame)?.payload[0] === 0;
}

export const ALL_WAYS: readonly string[] = Object.keys(WAYS);

/** All ways at once: what of them arrives, sorted. What does not even leave the guest is an error: nobody has stopped it then. */
export async function whatArrives(place: Place): Promise<string[]> {
  const tries = Object.entries(WAYS).map(([name, make]) => {
    const text = uniqueText();
    return { name, text, ...make(place, text) };
  });
  for (const { frames } of tries) place.a.send(...frames);
  await place.settled();
  const unsent = tries.filter(({ text }) => place.door.with(text.slice(-8)).length === 0);
  if (unsent.length > 0) throw new Error(`they were not sent: ${unsent.map(({ name }) => name)}`);
  return tries
    .filter(({ arrived }) => arrived())
    .map(({ name }) => name)
    .sort();
}

/** 40 bytes that a name in DNS can have as well, the last eight of which are there once. */
export function uniqueText(): string {
  count += 1;
  return `${count}`.padStart(32, "a packet of a guest, number ") + `#${count};`.padStart(8, "-");
}

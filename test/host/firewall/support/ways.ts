import { type Ends, echoRequest, readIpv4, udp6Frames, udpFrames } from "./frames.ts";
import { A, B, GATEWAY, HOST, type Place, PORT, PRIVATE, PUBLIC } from "./place.ts";

export function ends(place: Place, destination: string, other: Partial<Ends> = {}): Ends {
  const destinationMac = place.macOf(A.tap);
  return { sourceMac: A.mac, destinationMac, source: A.address, destination, ...other };
}

let count = 0;

/** What a guest sends, and where it arrives: the names of the rows. */
const WAYS: Record<string, (place: Place, text: string) => { frames: Buffer[]; arrived: () => boolean }> = {
  "the resolver": (place, text) => toHost(place, text, GATEWAY, 53),
  "another port of the gateway": (place, text) => toHost(place, text, GATEWAY, PORT),
  "another address of the host": (place, text) => toHost(place, text, HOST, PORT),
  "another address of the host, port 53": (place, text) => toHost(place, text, HOST, 53),
  "a private address outside": (place, text) => toUplink(place, text, PRIVATE),
  "a public address outside": (place, text) => toUplink(place, text, PUBLIC),
  "another guest": (place, text) => ({
    frames: udpFrames(ends(place, B.address), { to: PORT, text }),
    arrived: () => place.b.with(text).length > 0,
  }),
  "the internet by another's address": (place, text) => toUplink(place, text, PUBLIC, { source: B.address }),
  "the internet by an address of nobody": (place, text) =>
    toUplink(place, text, PUBLIC, { source: "8.8.8.8" }),
  "the internet by another MAC": (place, text) => toUplink(place, text, PUBLIC, { sourceMac: B.mac }),
  "the host by another's address": (place, text) => ({
    frames: udpFrames(ends(place, GATEWAY, { source: B.address }), { to: 53, text }),
    arrived: () => place.received.includes(`53 ${text}`),
  }),
  "the host by IPv6, link-local": (place, text) => ({
    frames: udp6Frames(
      { sourceMac: A.mac, destinationMac: "33:33:00:00:00:01", source: "fe80::99", destination: "ff02::1" },
      { to: PORT, text },
    ),
    arrived: () => place.received.includes(`${PORT} ${text}`),
  }),
  "the host by broadcast": (place, text) => ({
    frames: udpFrames(ends(place, "255.255.255.255", { destinationMac: "ff:ff:ff:ff:ff:ff" }), {
      to: PORT,
      text,
    }),
    arrived: () => place.received.includes(`${PORT} ${text}`),
  }),
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

function toHost(place: Place, text: string, address: string, port: number) {
  return {
    frames: udpFrames(ends(place, address), { to: port, text }),
    arrived: () => place.received.includes(`${port} ${text}`),
  };
}

function toUplink(place: Place, text: string, address: string, other: Partial<Ends> = {}, fragments = false) {
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

function isEchoReply(frame: Buffer): boolean {
  return readIpv4(frame)?.payload[0] === 0;
}

/** All ways at once: what of them arrives. */
export async function whatArrives(place: Place): Promise<string[]> {
  const tries = Object.entries(WAYS).map(([name, way]) => ({ name, ...way(place, uniqueText()) }));
  for (const { frames } of tries) place.a.send(...frames);
  await place.settled();
  return tries.filter(({ arrived }) => arrived()).map(({ name }) => name);
}

/** 40 bytes, the last eight of which are there once. */
export function uniqueText(): string {
  count += 1;
  return `${count}`.padStart(32, "a packet of a guest, number ") + `#${count}.`.padStart(8, "-");
}

/** Packets as pure bytes: RFC 894, 826, 791, 768, 9293, 792, 8200. */

export interface Ends {
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly source: string;
  readonly destination: string;
}

const [IPV4, ARP, IPV6] = [0x0800, 0x0806, 0x86dd];
const [ICMP, TCP, UDP] = [1, 6, 17];
const MORE_FRAGMENTS = 0x2000;

/** One datagram; `fragments` of it as two packets, the first with the ports and 8 bytes. */
export function udpFrames(
  ends: Ends,
  {
    from = 4000,
    to,
    text,
    fragments = false,
  }: { from?: number; to: number; text: string | Uint8Array; fragments?: boolean },
): Buffer[] {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt16BE(8 + data.length, 4); // no checksum
  const datagram = Buffer.concat([header, data]);
  if (!fragments) return [ipv4(ends, UDP, datagram)];
  return [
    ipv4(ends, UDP, datagram.subarray(0, 16), MORE_FRAGMENTS),
    ipv4(ends, UDP, datagram.subarray(16), 16 / 8),
  ];
}

/** The first packet of a connection, with text that a server does not take yet. */
export function tcpFrames(
  ends: Ends,
  { from, to, text }: { from: number; to: number; text: string },
): Buffer[] {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header[12] = 5 << 4;
  header[13] = 2; // SYN
  header.writeUInt16BE(1024, 14);
  const segment = Buffer.concat([header, Buffer.from(text)]);
  const pseudo = Buffer.concat([
    address4(ends.source),
    address4(ends.destination),
    Buffer.from([0, TCP, 0, segment.length]),
  ]);
  segment.writeUInt16BE(checksum(Buffer.concat([pseudo, segment])), 16);
  return [ipv4(ends, TCP, segment)];
}

export function echoRequest(ends: Ends, text: string): Buffer[] {
  const message = Buffer.concat([Buffer.from([8, 0, 0, 0, 0, 1, 0, 1]), Buffer.from(text)]);
  message.writeUInt16BE(checksum(message), 2);
  return [ipv4(ends, ICMP, message)];
}

/** A datagram of IPv6, with its checksum. */
export function udp6Frames(ends: Ends, { to, text }: { to: number; text: string }): Buffer[] {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(4000, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt16BE(8 + data.length, 4);
  const [source, destination] = [address6(ends.source), address6(ends.destination)];
  const pseudo = Buffer.concat([source, destination, Buffer.from([0, 0, 0, 8 + data.length, 0, 0, 0, UDP])]);
  header.writeUInt16BE(checksum(Buffer.concat([pseudo, header, data])), 6);
  const ip = Buffer.alloc(8);
  ip[0] = 0x60;
  ip.writeUInt16BE(8 + data.length, 4);
  ip[6] = UDP;
  ip[7] = 64;
  return [ethernet(ends, IPV6, Buffer.concat([ip, source, destination, header, data]))];
}

/** Who has this address? Asked by somebody who has none yet, whom nobody remembers (RFC 5227). */
export function arpRequest(mac: string, address: string): Buffer {
  const question = Buffer.from([0, 1, 8, 0, 6, 4, 0, 1]);
  const body = [question, macBytes(mac), Buffer.alloc(4), Buffer.alloc(6), address4(address)];
  const ends = { sourceMac: mac, destinationMac: "ff:ff:ff:ff:ff:ff" };
  return ethernet(ends, ARP, Buffer.concat(body));
}

/** Whether a frame is an answer to {@link arpRequest}. */
export function isArpReplyTo(frame: Buffer, mac: string): boolean {
  if (frame.length < 42 || frame.readUInt16BE(12) !== ARP || frame.readUInt16BE(20) !== 2) return false;
  return frame.subarray(32, 38).equals(macBytes(mac)) && frame.readUInt32BE(38) === 0;
}

/** The packet of a frame that came; null of what is not IPv4. */
export function readIpv4(
  frame: Buffer,
): { source: string; destination: string; protocol: number; payload: Buffer } | null {
  if (frame.length < 34 || frame.readUInt16BE(12) !== IPV4) return null;
  const ip = frame.subarray(14);
  const address = (at: number) => [...ip.subarray(at, at + 4)].join(".");
  return {
    source: address(12),
    destination: address(16),
    protocol: ip[9] as number,
    payload: ip.subarray(((ip[0] as number) & 15) * 4),
  };
}

function ipv4(ends: Ends, protocol: number, payload: Buffer, fragment = 0): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(77, 4);
  header.writeUInt16BE(fragment, 6);
  header[8] = 64;
  header[9] = protocol;
  header.set(address4(ends.source), 12);
  header.set(address4(ends.destination), 16);
  header.writeUInt16BE(checksum(header), 10);
  return ethernet(ends, IPV4, Buffer.concat([header, payload]));
}

function ethernet(
  { sourceMac, destinationMac }: Pick<Ends, "sourceMac" | "destinationMac">,
  type: number,
  payload: Buffer,
): Buffer {
  const kind = Buffer.alloc(2);
  kind.writeUInt16BE(type);
  return Buffer.concat([macBytes(destinationMac), macBytes(sourceMac), kind, payload]);
}

function macBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll(":", ""), "hex");
}

function address4(text: string): Buffer {
  return Buffer.from(text.split(".").map(Number));
}

/** `fe80::1` and the like: at most one `::`. */
function address6(text: string): Buffer {
  const [head = "", tail = ""] = text.split("::");
  const words = (part: string) =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const all = [...words(head), ...Array(8 - words(head).length - words(tail).length).fill(0), ...words(tail)];
  const bytes = Buffer.alloc(16);
  for (const [index, word] of all.entries()) bytes.writeUInt16BE(word, index * 2);
  return bytes;
}

/** RFC 1071 */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

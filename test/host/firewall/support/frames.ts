/** Packets as pure bytes: RFC 894, 791, 768, 792, 8200. */

export interface Ends {
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly source: string;
  readonly destination: string;
}

const [IPV4, IPV6, ICMP, UDP] = [0x0800, 0x86dd, 1, 17];
const MORE_FRAGMENTS = 0x2000;

/** One datagram; `fragments` of it as two packets, the first with the ports and 8 bytes. */
export function udpFrames(
  ends: Ends,
  {
    from = 4000,
    to,
    text,
    fragments = false,
  }: { from?: number; to: number; text: string; fragments?: boolean },
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

/** The packet of a frame that came; null of what is not IPv4. */
export function readIpv4(frame: Buffer): { source: string; destination: string; payload: Buffer } | null {
  if (frame.length < 34 || frame.readUInt16BE(12) !== IPV4) return null;
  const ip = frame.subarray(14);
  const address = (at: number) => [...ip.subarray(at, at + 4)].join(".");
  return {
    source: address(12),
    destination: address(16),
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
  header.set(ends.source.split(".").map(Number), 12);
  header.set(ends.destination.split(".").map(Number), 16);
  header.writeUInt16BE(checksum(header), 10);
  return ethernet(ends, IPV4, Buffer.concat([header, payload]));
}

function ethernet({ sourceMac, destinationMac }: Ends, type: number, payload: Buffer): Buffer {
  const mac = (text: string) => Buffer.from(text.replaceAll(":", ""), "hex");
  const kind = Buffer.alloc(2);
  kind.writeUInt16BE(type);
  return Buffer.concat([mac(destinationMac), mac(sourceMac), kind, payload]);
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

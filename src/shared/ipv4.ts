/** An IPv4 network: its base address and prefix length. */
export interface Ipv4Network {
  readonly base: number;
  readonly prefix: number;
}

export function ipv4ToNumber(address: string): number {
  return address.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);
}

export function numberToIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** Parses `172.30.0.0/16` (trusted text: config was checked, the rest is the kernel's); host bits are cleared. */
export function parseNetwork(cidr: string): Ipv4Network {
  const [address = "0.0.0.0", length = "32"] = cidr.split("/");
  const prefix = Number(length);
  const size = 2 ** (32 - prefix);
  return { base: Math.floor(ipv4ToNumber(address) / size) * size, prefix };
}

/** Whether two networks share an address. */
export function overlaps(a: Ipv4Network, b: Ipv4Network): boolean {
  const end = (network: Ipv4Network) => network.base + 2 ** (32 - network.prefix);
  return a.base < end(b) && b.base < end(a);
}

/** The first host address: banger's gateway (NET-1). */
export function gatewayOf(cidr: string): string {
  return numberToIpv4(parseNetwork(cidr).base + 1);
}

/** A network less the part of it that is another's, as prefixes. */
export function networkWithout(cidr: string, hole: string): string[] {
  const [{ base, prefix }, out] = [parseNetwork(cidr), parseNetwork(hole)];
  if (!overlaps({ base, prefix }, out)) return [cidr];
  if (out.prefix <= prefix) return [];
  const halves = [base, base + 2 ** (31 - prefix)];
  return halves.flatMap((half) => networkWithout(`${numberToIpv4(half)}/${prefix + 1}`, hole));
}

/** A port of the host that leads to one of the guest (NET-6). */
export interface PublishedPort {
  readonly protocol: "tcp" | "udp";
  /** IPv4 or IPv6, written the shortest way. */
  readonly hostAddress: string;
  /** 0: a free one, chosen and recorded at the next start. */
  readonly hostPort: number;
  readonly guestPort: number;
}

/** What of a published port is the host's: no two VMs that run have the same. */
export type HostPort = Pick<PublishedPort, "protocol" | "hostAddress" | "hostPort">;

/** `127.0.0.1:8080`, `[::1]:8080`. */
export function hostEndpoint({ hostAddress, hostPort }: Omit<HostPort, "protocol">): string {
  return `${hostAddress.includes(":") ? `[${hostAddress}]` : hostAddress}:${hostPort}`;
}

/** `127.0.0.1:8080/udp`: the host's side, as a person writes it; tcp goes without saying. */
export function hostPortName(port: HostPort): string {
  return `${hostEndpoint(port)}${port.protocol === "udp" ? "/udp" : ""}`;
}

/** Whether two of them are one to the kernel: the same port of the same address, or of all addresses. */
export function clashes(a: HostPort, b: HostPort): boolean {
  if (a.protocol !== b.protocol || a.hostPort !== b.hostPort || a.hostPort === 0) return false;
  if (a.hostAddress.includes(":") !== b.hostAddress.includes(":")) return false;
  return a.hostAddress === b.hostAddress || isAny(a.hostAddress) || isAny(b.hostAddress);
}

function isAny(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

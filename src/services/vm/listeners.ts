import type { GuestListener } from "../../domain/guest-ports.ts";

/** One service of a guest: all sockets of one process at one port. */
export interface GuestService extends Omit<GuestListener, "address"> {
  /** Each once; IPv4 before IPv6. */
  readonly addresses: readonly string[];
  /** None of the addresses is one by which the host reaches the guest: loopback, or a network inside of it. */
  readonly guestOnly: boolean;
}

/**
 * What listens in a guest, as a person thinks of it (NET-5): binds of one port by IPv4 and IPv6, or by several processes of one name, are one
 * service. Sorted by port.
 */
export function guestServices(listeners: readonly GuestListener[], guestAddress: string): GuestService[] {
  const services = new Map<string, GuestListener[]>();
  for (const listener of listeners) {
    const { protocol, port, process } = listener;
    const key = JSON.stringify([protocol, port, process]);
    const same = services.get(key);
    if (same === undefined) services.set(key, [listener]);
    else same.push(listener);
  }
  return [...services.values()]
    .map((sockets) => serviceOf(sockets, guestAddress))
    .sort((a, b) => a.port - b.port || a.protocol.localeCompare(b.protocol));
}

function serviceOf(sockets: readonly GuestListener[], guestAddress: string): GuestService {
  const { address: _, ...first } = sockets.reduce((a, b) => ((b.pid ?? 0) < (a.pid ?? 0) ? b : a));
  const addresses = [...new Set(sockets.map(({ address }) => plain(address)))].sort(
    (a, b) => Number(a.includes(":")) - Number(b.includes(":")) || a.localeCompare(b),
  );
  const reached = ["0.0.0.0", "::", guestAddress];
  return { ...first, addresses, guestOnly: !addresses.some((address) => reached.includes(address)) };
}

/** An IPv4 address that a socket of IPv6 has. */
function plain(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

import net from "node:net";
import { clashes, type HostPort, hostPortName, type PublishedPort } from "../../domain/published-port.ts";
import type { NetAccess, VmSpec } from "../../domain/vm.ts";
import type { PublishRequest, UnpublishRequest } from "../../rpc/contract.ts";
import { BangerError } from "../../shared/errors.ts";

/** Whom a port is published to, unless somebody says otherwise: this host alone. */
const DEFAULT_ADDRESS = "127.0.0.1";
const MOST_PORTS = 1024;

/** Ports of a new VM as they are recorded. ERR_BAD_PUBLISH, ERR_PUBLISH_WITHOUT_NET. */
export function publishedPorts(
  requests: readonly PublishRequest[] = [],
  net: NetAccess = "public",
): readonly PublishedPort[] {
  const ports: PublishedPort[] = [];
  for (const request of requests) {
    const port = wholePort(request);
    const other = ports.find((each) => clashes(each, port));
    if (other !== undefined) throw twice(port, other);
    ports.push(port);
  }
  checkReachable({ net, publish: ports });
  return withinBounds(ports);
}

/**
 * What is published once `unpublish` is gone and `publish` has come; the very same list where nothing changes. Publishing what is there
 * already is a success. ERR_BAD_PUBLISH, ERR_NOT_PUBLISHED.
 */
export function changedPorts(
  vm: { readonly name: string },
  current: readonly PublishedPort[],
  {
    publish = [],
    unpublish = [],
  }: { publish?: readonly PublishRequest[] | undefined; unpublish?: readonly UnpublishRequest[] | undefined },
): readonly PublishedPort[] {
  const gone = unpublish.flatMap((request) => findPublished(vm, current, request));
  let ports: readonly PublishedPort[] =
    gone.length === 0 ? current : current.filter((each) => !gone.includes(each));
  for (const request of publish) {
    const port = wholePort(request);
    const other = ports.find((each) => clashes(each, port));
    if (other === undefined) ports = withinBounds([...ports, port]);
    else if (other.hostAddress !== port.hostAddress || other.guestPort !== port.guestPort)
      throw twice(port, other);
  }
  return ports;
}

/** A guest without a network answers nobody, not even this host. ERR_PUBLISH_WITHOUT_NET. */
export function checkReachable({ net, publish }: Pick<VmSpec, "net" | "publish">): void {
  if (net !== "none" || publish.length === 0) return;
  throw new BangerError("ERR_PUBLISH_WITHOUT_NET", "ports of a VM with --net none cannot be published", {
    next: "give --net public, which lets in nobody but this host, or publish none (`--unpublish` takes them back)",
  });
}

function findPublished(
  vm: { readonly name: string },
  current: readonly PublishedPort[],
  { hostAddress, hostPort, protocol = "tcp" }: UnpublishRequest,
): PublishedPort[] {
  const address = hostAddress === undefined ? undefined : canonical(hostAddress);
  const found = current.filter(
    (each) =>
      each.protocol === protocol &&
      each.hostPort === hostPort &&
      (address === undefined || each.hostAddress === address),
  );
  if (found.length > 0) return found;
  const wanted: HostPort = { protocol, hostPort, hostAddress: address ?? "*" };
  throw new BangerError("ERR_NOT_PUBLISHED", `${vm.name} does not publish ${hostPortName(wanted)}`, {
    next: `\`banger vm ports ${vm.name}\` lists what it publishes`,
  });
}

function wholePort({
  hostAddress,
  hostPort = 0,
  guestPort,
  protocol = "tcp",
}: PublishRequest): PublishedPort {
  return { protocol, hostAddress: canonical(hostAddress ?? DEFAULT_ADDRESS), hostPort, guestPort };
}

/** The shortest way to write it, so that one address is one text. */
function canonical(address: string): string {
  if (net.isIPv4(address)) return address;
  if (net.isIPv6(address) && !address.includes("%"))
    return new URL(`http://[${address}]`).hostname.slice(1, -1);
  throw new BangerError("ERR_BAD_PUBLISH", `"${address}" is no IP address to publish a port at`, {
    next: "write it like `-p 127.0.0.1:8080:80`, or `-p [::1]:8080:80`",
  });
}

function twice(port: PublishedPort, other: PublishedPort): BangerError {
  return new BangerError(
    "ERR_BAD_PUBLISH",
    `${hostPortName(port)} would be published twice: ${hostPortName(other)} leads to port ${other.guestPort} of the guest`,
    {
      next: `publish another port of the host, or take the other back first: \`--unpublish ${hostPortName(other)}\``,
    },
  );
}

function withinBounds(ports: readonly PublishedPort[]): readonly PublishedPort[] {
  if (ports.length <= MOST_PORTS) return ports;
  throw new BangerError("ERR_BAD_PUBLISH", `a VM publishes at most ${MOST_PORTS} ports`, {
    next: "publish fewer; the host reaches every port of a VM by its address as well",
  });
}

import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import path from "node:path";
import { mustRun } from "./run.ts";

/** Everything that banger can leave on a host, as one comparable value. Each list is sorted, each entry readable in a diff. */
export interface Inventory {
  /** Programs in the sandbox's network namespace: daemon, CLIs, VMMs. */
  readonly processes: string[];
  /** But for TAPs that are ready for the next VMs, or on their way out: capacity, until the daemon has ended (NET-2). */
  readonly links: string[];
  readonly routes: string[];
  readonly addresses: string[];
  /** Tables of others, and elements in ours: the tables themselves stay as long as the daemon does, as the anchor link. */
  readonly nft: string[];
  readonly loops: string[];
  readonly deviceMapper: string[];
  readonly mounts: string[];
  readonly cgroups: string[];
  /** Sockets and directories under the runtime directory. */
  readonly runtime: string[];
  readonly vms: string[];
  /** Half-made images and kernels. */
  readonly staging: string[];
}

export interface InventoryScope {
  readonly netns: string;
  readonly directory: string;
  readonly state: string;
  readonly runtime: string;
}

/** Takes the inventory from outside: the kernel's own files and the standard tools, never banger's word. */
export async function takeInventory(scope: InventoryScope): Promise<Inventory> {
  const ip = (...args: string[]) =>
    mustRun("ip", ["-n", scope.netns, "-j", ...args]).then((text) => JSON.parse(text || "[]"));
  // The daemon makes and deletes them while this looks: what is one at one of the looks is none of a VM's at the others.
  const recordedBefore = recordedTaps(scope.state);
  const allLinks = (await ip("link")) as Link[];
  const allRoutes = (await ip("route")) as { dst: string; dev: string }[];
  const linksAfter = (await ip("link")) as Link[];
  const capacity = capacityAmong(
    [...allLinks, ...linksAfter],
    [...recordedBefore, ...recordedTaps(scope.state)],
  );
  const links = allLinks.filter(({ ifname }) => !capacity.has(ifname));
  const routes = allRoutes.filter(({ dev }) => !capacity.has(dev));
  const addresses = (await ip("-4", "addr")) as { ifname: string; addr_info: { local: string }[] }[];
  return {
    processes: processesIn(scope.netns),
    links: links.map((link) => link.ifname).sort(),
    routes: routes.map((route) => `${route.dst} dev ${route.dev}`).sort(),
    addresses: addresses
      .flatMap((link) => link.addr_info.map((info) => `${info.local} ${link.ifname}`))
      .sort(),
    nft: (await tables(scope.netns)).flatMap(foreignOrElements),
    loops: loopsUnder(scope.directory),
    deviceMapper: namesIn("/sys/block", /^dm-/)
      .filter((name) => standsOn(name, scope.directory))
      .map((name) => readText(`/sys/block/${name}/dm/name`))
      .sort(),
    mounts: readText("/proc/self/mountinfo")
      .split("\n")
      .map((line) => line.split(" ")[4] ?? "")
      .filter((target) => target.startsWith(scope.directory) || target.startsWith(scope.runtime))
      .sort(),
    cgroups: namesIn("/sys/fs/cgroup/banger", /./).filter((name) =>
      statSync(`/sys/fs/cgroup/banger/${name}`).isDirectory(),
    ),
    // What was found out about KVM holds until the host boots again.
    runtime: tree(scope.runtime).filter((name) => !/^kvm-.*\.json$/.test(name)),
    vms: tree(path.join(scope.state, "vms")),
    staging: [...tree(path.join(scope.state, "images")), ...tree(path.join(scope.state, "kernels"))].filter(
      (name) => name.includes("staging"),
    ),
  };
}

interface Link {
  readonly ifname: string;
  readonly operstate: string;
}

/** TAPs that the daemon has written down as no VM's, and that no VMM holds. */
function capacityAmong(links: readonly Link[], recorded: readonly string[]): Set<string> {
  const ready = links.filter(
    ({ ifname, operstate }) => /^bgr\d+$/.test(ifname) && operstate === "DOWN" && recorded.includes(ifname),
  );
  return new Set(ready.map(({ ifname }) => ifname));
}

/** A daemon that ended well has nothing written down. */
function recordedTaps(state: string): readonly string[] {
  const text = readText(path.join(state, "host.json"));
  return text === "" ? [] : (JSON.parse(text) as { links: string[] }).links;
}

/** All tables of nftables in a network namespace, each as `nft` writes it. (Its JSON breaks off at a table that has an owner.) */
export async function tables(netns: string): Promise<string[]> {
  const text = await mustRun("nsenter", [`--net=/run/netns/${netns}`, "nft", "list", "ruleset"]);
  return text.split(/^(?=table )/m).filter((table) => table.trim() !== "");
}

/** What guests have in ours; the other sets are the same for all. */
const OF_GUESTS = /^\t(?:map guests|set peers) \{\n[^}]*?elements = \{([^}]*)\}/gm;

function foreignOrElements(table: string): string[] {
  if (!/^table inet banger(-guard)? /.test(table)) return [table];
  return [...table.matchAll(OF_GUESTS)].flatMap(([, elements = ""]) =>
    elements.split(",").map((each) => each.trim()),
  );
}

/** Throws with all that is on the host, but for what every network namespace has and files that no one holds. */
export function expectNothing({ runtime, ...left }: Inventory): void {
  const found = {
    ...left,
    links: left.links.filter((link) => link !== "lo"),
    addresses: left.addresses.filter((each) => !each.endsWith(" lo")),
  };
  const rest = Object.entries({ ...found, sockets: runtime.filter((name) => name.endsWith(".sock")) });
  const message = rest
    .filter(([, value]) => value.length > 0)
    .map(([name, value]) => `${name}: ${String(value)}`);
  if (message.length > 0) throw new Error(`the sandbox was left with ${message.join("; ")}`);
}

/** `<pid> <command line>` of every process in a network namespace, the caller's helpers aside. */
export function processesIn(netns: string): string[] {
  const inode = statSync(`/run/netns/${netns}`).ino;
  return namesIn("/proc", /^\d+$/)
    .filter((pid) => linkOf(`/proc/${pid}/ns/net`) === `net:[${inode}]`)
    .map((pid) => `${pid} ${readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim()}`)
    .sort();
}

/** Whether a device-mapper device is of files under `directory`, or of nothing at all but by its name one of banger's. */
function standsOn(device: string, directory: string): boolean {
  const below = namesIn(`/sys/block/${device}/slaves`, /./);
  if (below.length === 0) return readText(`/sys/block/${device}/dm/name`).startsWith("bgr-");
  return below.some((slave) =>
    slave.startsWith("dm-")
      ? standsOn(slave, directory)
      : readText(`/sys/block/${slave}/loop/backing_file`).includes(directory),
  );
}

function loopsUnder(directory: string): string[] {
  return namesIn("/sys/block", /^loop/)
    .map((name) => `${name} ${readText(`/sys/block/${name}/loop/backing_file`)}`)
    .filter((line) => line.includes(directory));
}

function tree(directory: string): string[] {
  try {
    return (readdirSync(directory, { recursive: true }) as string[]).sort();
  } catch {
    return [];
  }
}

function namesIn(directory: string, pattern: RegExp): string[] {
  try {
    return readdirSync(directory).filter((name) => pattern.test(name));
  } catch {
    return [];
  }
}

/** Empty where it is gone: processes and devices come and go while we look. */
function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}

import { realpath, stat } from "node:fs/promises";
import type { StorageKind } from "../../../src/domain/vm.ts";
import { cowBytes } from "../../../src/storage/dm-snapshot/cow-file.ts";
import { deviceNames } from "../../../src/storage/dm-snapshot/names.ts";
import type { Row } from "../harness/report.ts";
import { Creation, IMAGE_ID, type Objects, OVERLAY_BYTES, subGround, WORK_BYTES } from "./creation.ts";
import { checkedSame, description } from "./description.ts";
import { type Bench, type Operation, operationRows } from "./operation.ts";
import { type Ground, OWNER, type Place } from "./place.ts";
import type { Tool } from "./tools.ts";

/** Why a driver's composite cannot be made here; else where it is. */
export async function groundOf(bench: Bench, place: Place, kind: StorageKind): Promise<Ground | string> {
  const rules = await bench.host.nft.available();
  if (!rules.ok) return rules.reason;
  if (kind === "reflink") return place.sharing;
  if (kind !== "dm-snapshot") return place.plain;
  const { ok, reason } = await bench.host.dm.available();
  return ok ? place.plain : reason;
}

/** What one create makes on the host with one storage driver. Another VM of the image runs, so that the image's own device is there. */
export async function compositeRows(bench: Bench, place: Place, kind: StorageKind): Promise<Row[]> {
  const name = `composite-${kind}`;
  if (!bench.wanted.test(name)) return [];
  const found = await groundOf(bench, place, kind);
  const ground = typeof found === "string" ? null : await subGround(found, kind);
  if (ground === null) return operationRows(bench, { ...absent(name), obstacle: String(found) });
  const creation = await Creation.open(bench.host, kind, ground);
  const first = creation.objects(bench.next());
  await creation.make(first);
  try {
    const operation = await composite(bench, creation, kind, ground, name);
    await checkedSame(bench, operation, async (subject) => {
      const vm = creation.objects(Number(subject));
      return { ...(await description(vm, kind)), rules: (await creation.rules.elementsOf(vm)).length };
    });
    return await operationRows(bench, operation);
  } finally {
    await creation.remove(first);
    await creation.close();
  }
}

async function composite(
  { host }: Bench,
  creation: Creation,
  kind: StorageKind,
  ground: Ground,
  name: string,
): Promise<Operation> {
  const { seed } = ground;
  const seedBytes = (await stat(seed)).size;
  const rootBytes = kind === "overlay" ? OVERLAY_BYTES : seedBytes + OVERLAY_BYTES;
  const names = deviceNames(await realpath(ground.directory));
  const image = kind === "dm-snapshot" ? ((await host.dm.status(names.image(IMAGE_ID)))?.number ?? "") : "";
  const { gateway } = creation.network;
  const of = (subject: string) => creation.objects(Number(subject));
  return {
    name,
    prepare: async (run) => String(run),
    c: (subject) => {
      const vm = of(subject);
      const disks = [seed, vm.rootDisk, rootBytes, seed, vm.workDisk, WORK_BYTES, OWNER];
      const net = [vm.tap, vm.address, gateway, vm.mac];
      const device = [names.vm(vm.vmId), names.image(IMAGE_ID)];
      return ["composite", kind, ...disks, ...net, vm.runtime, ...creation.rules.theirs, ...device].join(" ");
    },
    addon: (subject) => creation.make(of(subject)),
    tools: async (tool, subject) => {
      const vm = of(subject);
      if (kind === "dm-snapshot") await snapshotByTools(tool, vm, names.vm(vm.vmId), image, rootBytes);
      else await diskByTools(tool, seed, vm.rootDisk, rootBytes, SHARING[kind]);
      await diskByTools(tool, seed, vm.workDisk, WORK_BYTES, "auto");
      await linkByTools(tool, vm, gateway);
      for (const table of creation.rules.theirs)
        await tool("nft", "add", "element", "inet", table, "guests", elementText(vm));
      await tool("install", "-d", "-m", "0700", "-o", OWNER, "-g", OWNER, vm.runtime);
    },
    undo: (subject) => creation.remove(of(subject)),
  };
}

const SHARING = { copy: "never", reflink: "always", overlay: "auto" } as const;

async function diskByTools(tool: Tool, source: string, target: string, bytes: number, sharing: string) {
  const part = `${target}.part`;
  await tool("cp", `--reflink=${sharing}`, source, part);
  await tool("truncate", "-s", bytes, part);
  await tool("chmod", "0600", part);
  await tool("chown", `${OWNER}:${OWNER}`, part);
  await tool("mv", part, target);
}

async function snapshotByTools(tool: Tool, vm: Objects, name: string, image: string, bytes: number) {
  await tool("truncate", "-s", cowBytes(bytes), vm.rootDisk);
  await tool("chmod", "0600", vm.rootDisk);
  const device = await tool("losetup", "--find", "--show", vm.rootDisk);
  const table = `0 ${bytes / 512} snapshot ${image} ${device} PO 8`;
  await tool("dmsetup", "create", "--noudevsync", "--uuid", `BANGER-${name}`, "--table", table, name);
  await tool("losetup", "--detach", device);
}

async function linkByTools(tool: Tool, { tap, address, mac }: Objects, gateway: string) {
  await tool("ip", "tuntap", "add", "dev", tap, "mode", "tap", "user", OWNER, "vnet_hdr");
  await tool("sysctl", "-q", "-w", `net.ipv6.conf.${tap}.disable_ipv6=1`);
  await tool("ip", "link", "set", tap, "up");
  await tool(
    "ip",
    "route",
    "add",
    `${address}/32`,
    "dev",
    tap,
    "src",
    gateway,
    "scope",
    "link",
    "proto",
    "static",
  );
  await tool("ip", "neighbour", "replace", address, "lladdr", mac, "dev", tap, "nud", "permanent");
}

function elementText({ tap, mac, address }: Objects): string {
  return `{ "${tap}" . ${mac} . ${address} : goto public }`;
}

function absent(name: string): Operation {
  const never = () => {
    throw new Error(`${name} cannot be measured here`);
  };
  return { name, prepare: never, c: never, addon: never, tools: never, undo: never };
}

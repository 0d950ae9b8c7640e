import { numberToIpv4, parseNetwork } from "../../../../src/shared/ipv4.ts";
import type { Bench, Operation } from "../operation.ts";
import { CIDR, OWNER } from "../place.ts";

const MAC = "02:62:67:00:00:01";
/** Up, with an address: what routes, neighbours and addresses are of. */
const LINK = "plumb0";
const SOURCE = "172.30.0.1";

/** The n-th address of the network, round and round. */
export function addressOf(run: number): string {
  return numberToIpv4(parseNetwork(CIDR).base + 2 + (run % 65_000));
}

/** Links, addresses, routes and neighbours. */
export async function netOperations({ host }: Bench): Promise<Operation[]> {
  await host.tap.create({ name: LINK, ownerUid: OWNER });
  await host.address.add(LINK, `${SOURCE}/32`);
  await host.link.setUp(LINK, true);
  const nameOf = async (run: number) => `plumb${run}`;
  const create = (name: string) => host.tap.create({ name, ownerUid: OWNER });
  const made = async (run: number) => (await create(await nameOf(run))).name;
  const remove = (name: string) => host.link.delete(name);
  const addressed = async (run: number) => addressOf(run);
  const route = (address: string) => ({ destination: `${address}/32`, link: LINK, source: SOURCE });
  const forget = (address: string) => host.route.delete(route(address));
  const nothing = async () => undefined;
  return [
    {
      name: "tap-create",
      prepare: nameOf,
      c: (name) => `tap-create ${name} ${OWNER}`,
      addon: create,
      tools: async (tool, name) => {
        await tool("ip", "tuntap", "add", "dev", name, "mode", "tap", "user", OWNER, "vnet_hdr");
        await tool("sysctl", "-q", "-w", `net.ipv6.conf.${name}.disable_ipv6=1`);
      },
      undo: remove,
    },
    {
      name: "tap-delete",
      prepare: made,
      c: (name) => `link-delete ${name}`,
      addon: remove,
      tools: (tool, name) => tool("ip", "link", "delete", name),
      undo: remove,
    },
    {
      name: "link-up",
      prepare: made,
      c: (name) => `link-up ${name}`,
      addon: (name) => host.link.setUp(name, true),
      tools: (tool, name) => tool("ip", "link", "set", name, "up"),
      undo: remove,
    },
    {
      name: "address-add",
      prepare: made,
      c: (name, run) => `address-add ${name} ${addressOf(run)}`,
      addon: (name, run) => host.address.add(name, `${addressOf(run)}/32`),
      tools: (tool, name, run) => tool("ip", "address", "add", `${addressOf(run)}/32`, "dev", name),
      undo: remove,
    },
    {
      name: "route-add",
      prepare: addressed,
      c: (address) => `route-add ${LINK} ${address} ${SOURCE}`,
      addon: (address) => host.route.add(route(address)),
      tools: (tool, address) => tool("ip", "route", "add", `${address}/32`, "dev", LINK, "src", SOURCE),
      undo: forget,
    },
    {
      name: "route-delete",
      prepare: async (run) => {
        await host.route.add(route(addressOf(run)));
        return addressOf(run);
      },
      c: (address) => `route-delete ${LINK} ${address}`,
      addon: forget,
      tools: (tool, address) => tool("ip", "route", "delete", `${address}/32`, "dev", LINK),
      undo: forget,
    },
    {
      name: "neighbour-set",
      prepare: addressed,
      c: (address) => `neighbour-set ${LINK} ${address} ${MAC}`,
      addon: (address) => host.neighbour.set({ link: LINK, address, mac: MAC }),
      tools: (tool, address) =>
        tool("ip", "neighbour", "replace", address, "lladdr", MAC, "dev", LINK, "nud", "permanent"),
      undo: nothing,
    },
  ];
}

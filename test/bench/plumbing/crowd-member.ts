/** A process in a network namespace of its own, in which it makes links, routes and set elements when it is told to (crowd.ts). All of them go with it. */
import { macOfSlot, tapName } from "../../../src/domain/vm.ts";
import { openLinuxHostOps } from "../../../src/host/linux/index.ts";
import { HostNetwork } from "../../../src/services/network.ts";
import { addressOf } from "./operations/net.ts";
import { addElement, countElements, deleteElement, makeSet } from "./operations/nft.ts";
import { CIDR, OWNER } from "./place.ts";

/** `grow`: so many that stay; `one`: one more, timed and taken away again. */
export type Order = { readonly order: "grow"; readonly count: number } | { readonly order: "one" };
export type Reply = { readonly ms: number } | { readonly error: string };

const host = openLinuxHostOps();
const intents = { addLink: async () => {}, removeLink: async () => {}, read: async () => ({ links: [] }) };
const network = new HostNetwork(host, CIDR, intents);

/** Whether there is a set. Not waited for here: a message comes when it comes. */
const filtering = host.nft.available().then(async ({ ok }) => {
  if (ok) await makeSet(host);
  return ok;
});

async function connect(slot: number): Promise<number> {
  const start = performance.now();
  await network.claim(slot);
  await network.connect({ slot, address: addressOf(slot), uid: OWNER });
  if (await filtering) await addElement(host, addressOf(slot));
  return performance.now() - start;
}

async function carryOut(order: Order): Promise<number> {
  if (order.order === "one") {
    const ms = await connect(0);
    const link = await host.link.get(tapName(0));
    const routes = await host.route.list();
    if (link?.up !== true || !routes.some((route) => route.link === tapName(0)))
      throw new Error(`${macOfSlot(0)} did not get its link and route`);
    await network.disconnect(tapName(0));
    if (await filtering) await deleteElement(host, addressOf(0));
    return ms;
  }
  for (let slot = 1; slot <= order.count; slot++) await connect(slot);
  const count = (await host.link.list("bgr")).length;
  const elements = (await filtering) ? await countElements(host) : count;
  if (count !== order.count || elements !== count)
    throw new Error(`${count} links and ${elements} elements are there instead of ${order.count}`);
  return 0;
}

process.on("message", (order: Order) => {
  carryOut(order).then(
    (ms) => process.send?.({ ms } satisfies Reply),
    (error: Error) => process.send?.({ error: error.message } satisfies Reply),
  );
});

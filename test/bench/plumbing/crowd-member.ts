/** A process in a network namespace of its own, in which it makes links, routes and packet rules of guests when it is told to (crowd.ts). All of them go with it. */
import { macOfSlot, tapName } from "../../../src/domain/vm.ts";
import { openLinuxHostOps } from "../../../src/host/linux/index.ts";
import { HostNetwork } from "../../../src/services/network.ts";
import { addressOf } from "./operations/net.ts";
import { CIDR, OWNER } from "./place.ts";
import { PacketRules } from "./rules.ts";

/** `grow`: so many that stay; `one`: one more, which is taken away again; `shrink`: none of them stays. */
export type Order =
  | { readonly order: "grow"; readonly count: number }
  | { readonly order: "one" }
  | { readonly order: "shrink" };
/** How long each took, in order. */
export type Reply = { readonly ms: readonly number[] } | { readonly error: string };

const host = openLinuxHostOps();
const intents = { addLinks: async () => {}, removeLinks: async () => {}, read: async () => ({ links: [] }) };
const network = new HostNetwork(host, CIDR, intents);
/** Not waited for here: a message comes when it comes. */
const rules = PacketRules.make(host);
/** Slots of those that stay, the oldest first. */
let present: number[] = [];

const guest = (slot: number) => ({ tap: tapName(slot), mac: macOfSlot(slot), address: addressOf(slot) });

async function timed(act: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

function make(slot: number): Promise<number> {
  return timed(async () => {
    await network.claim(slot);
    await network.connect({ slot, address: addressOf(slot), uid: OWNER });
    await (await rules).admit(guest(slot));
  });
}

function remove(slot: number): Promise<number> {
  return timed(async () => {
    await (await rules).dismiss(guest(slot));
    await network.disconnect(tapName(slot));
  });
}

async function check(count: number): Promise<void> {
  const links = (await host.link.list("bgr")).filter(({ up }) => up).length;
  const routes = (await host.route.list()).filter(({ link }) => link?.startsWith("bgr")).length;
  const elements = await (await rules).count();
  if (links !== count || routes !== count || elements !== count)
    throw new Error(
      `there are ${links} links, ${routes} routes and ${elements} elements instead of ${count}`,
    );
}

async function carryOut(order: Order): Promise<number[]> {
  await rules;
  const ms: number[] = [];
  if (order.order === "one") {
    ms.push(await make(0));
    await check(present.length + 1);
    await remove(0);
  } else if (order.order === "grow") {
    const added = Array.from({ length: order.count }, (_, index) => present.length + index + 1);
    for (const slot of added) ms.push(await make(slot));
    present.push(...added);
    await check(present.length);
  } else {
    for (const slot of present) ms.push(await remove(slot));
    present = [];
    await check(0);
  }
  return ms;
}

process.on("message", (order: Order) => {
  carryOut(order).then(
    (ms) => process.send?.({ ms } satisfies Reply),
    (error: Error) => process.send?.({ error: error.message } satisfies Reply),
  );
});

import { randomInt } from "node:crypto";
import { checkLinkName } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import { checkDeletableGroup } from "../link-checks.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";

/** How many links one thread of libuv's pool changes at a time, before it is others' turn. */
const GO = 64;

/** Not there is a success. */
export async function deleteLink(addon: Addon, name: string): Promise<void> {
  await unlessGone(host(name, () => addon.linkDelete(checkLinkName(name))));
}

/** Those that are there, as one group. */
export async function deleteLinks(addon: Addon, names: readonly string[]): Promise<void> {
  if (names.length <= 1) {
    for (const name of names) await deleteLink(addon, name);
    return;
  }
  await host("links", () => names.map(checkLinkName));
  // Large and random: nobody else's group.
  const group = randomInt(0x4000_0000, 0x7fff_ffff);
  for (let rest = names; rest.length > 0; ) {
    const done = await regroup(addon, rest.slice(0, GO), group);
    rest = rest.slice(done);
  }
  await deleteLinkGroup(addon, group);
}

/** In one go, which ends at a link that is gone: how many it has seen. */
async function regroup(addon: Addon, names: readonly string[], group: number): Promise<number> {
  const started: Promise<void>[] = [];
  addon.inOneGo(() => {
    for (const name of names) started.push(addon.linkSet(name, { group }, name));
  });
  const settled = await Promise.allSettled(started);
  const failed = settled.findIndex(({ status }) => status === "rejected");
  if (failed < 0) return names.length;
  await unlessGone(host(names[failed] as string, () => started[failed]));
  return failed + 1;
}

export async function deleteLinkGroup(addon: Addon, group: number): Promise<void> {
  await unlessGone(host(`link group ${group}`, () => addon.linkDeleteGroup(checkDeletableGroup(group))));
}

/** Waits for a release. ENOENT: the network namespace is gone, and the link with it. */
export async function unlessGone(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!hasErrno(error, "ENODEV", "ENOENT")) throw error;
  }
}

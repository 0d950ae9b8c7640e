import { randomInt } from "node:crypto";
import { checkLinkName } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import { checkDeletableGroup } from "../link-checks.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";
import { doneBefore, inOneGo } from "./in-one-go.ts";

/** How many links one of the addon's threads changes at a time, before it is others' turn. */
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
  const sets = names.map((name) => () => addon.linkSet(name, { group }, name));
  try {
    return (await inOneGo(addon, "links", sets)).length;
  } catch (error) {
    if (!isGone(error)) throw error;
    return doneBefore(error) + 1;
  }
}

export async function deleteLinkGroup(addon: Addon, group: number): Promise<void> {
  await unlessGone(host(`link group ${group}`, () => addon.linkDeleteGroup(checkDeletableGroup(group))));
}

/** Waits for a release. ENOENT: the network namespace is gone, and the link with it. */
export async function unlessGone(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return hasErrno(error, "ENODEV", "ENOENT");
}

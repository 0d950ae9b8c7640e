import { HostError } from "../host-error.ts";
import { type FakeKernel, remove } from "./kernel.ts";
import type { FakeLink } from "./net-objects.ts";

const SET = "netlink(RTM_SETLINK)";

/** Makes two links each the other's end. */
export function joinVeth(
  [mine, kernel]: [FakeLink, FakeKernel],
  [theirs, other]: [FakeLink, FakeKernel],
): void {
  mine.peer = { kernel: other, link: theirs };
  theirs.peer = { kernel, link: mine };
  mine.info.peerIndex = theirs.info.index;
  theirs.info.peerIndex = mine.info.index;
}

/** As the kernel does before Linux 6.2: only of a link that is down. */
export function renameLink(kernel: FakeKernel, name: string, newName: string): void {
  const link = kernel.link(name, "netlink(RTM_GETLINK)");
  const fail = (errnoCode: string) =>
    new HostError({ errnoCode, syscall: SET, object: `${name} to ${newName}` });
  if (link.info.up) throw fail("EBUSY");
  if (kernel.links.has(newName)) throw fail("EEXIST");
  kernel.links.delete(name);
  kernel.links.set(newName, link);
  link.info.name = newName;
  for (const each of [...kernel.addresses, ...kernel.routes, ...kernel.neighbours])
    if (each.link === name) each.link = newName;
}

/** Into another network namespace, or only to another name where it is the same. */
export function moveLink(from: FakeKernel, name: string, to: FakeKernel, newName: string): void {
  const link = from.link(name, SET);
  const { info } = link;
  const refused = (errnoCode: string, detail: string) =>
    new HostError({ errnoCode, syscall: SET, object: name, detail });
  if (name === "lo" || info.kind === "bridge") throw refused("EINVAL", "The interface netns is immutable");
  if (from === to) {
    if (name !== newName) renameLink(from, name, newName);
    return;
  }
  if (to.links.has(newName)) throw refused("EEXIST", "");
  from.links.delete(name);
  from.dropRoutes(name);
  remove(from.addresses, (address) => address.link === name);
  Object.assign(info, { name: newName, index: to.freeIndex(info.index), up: false });
  Object.assign(info, { masterIndex: null, port: null });
  link.sysctls.clear();
  to.links.set(newName, link);
  if (link.peer !== null) joinVeth([link, to], [link.peer.link, link.peer.kernel]);
}

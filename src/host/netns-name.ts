import { invalid } from "./host-error.ts";

/** A name as a file of /run/netns: ERR_HOST_INVALID for what would be another place, or hidden. */
export function checkNetnsName(name: string): string {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,254}$/.test(name))
    throw invalid("netns", name, "not a name of a network namespace");
  return name;
}

/** Where ip-netns(8) has them. */
export const NETNS_DIRECTORY = "/run/netns";

/** The file of a namespace; ERR_HOST_INVALID for what is no name of one. */
export function netnsPath(name: string): string {
  return `${NETNS_DIRECTORY}/${checkNetnsName(name)}`;
}

/** That of this process: of its first thread, where it was started. */
export const OWN_NETNS = "/proc/self/ns/net";

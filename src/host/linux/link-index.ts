import { checkLinkName } from "../addresses.ts";

/** A link by its name, whose index the addon looks up in the same go; ENODEV (ERR_HOST_NOT_FOUND) where there is none. */
export function byName(link: string): { linkIndex: number; linkName: string } {
  return { linkIndex: 0, linkName: checkLinkName(link) };
}

/** Whether what is listed is of a link that is still there, and of the one that is asked for, if one is. */
export function isOf(link: string | undefined, linkName: string | null): boolean {
  return linkName !== null && (link === undefined || linkName === link);
}

import { checkLinkName } from "../addresses.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";

/** A link by its name, whose index the addon looks up in the same go; ENODEV (ERR_HOST_NOT_FOUND) where there is none. */
export function byName(link: string): { linkIndex: number; linkName: string } {
  return { linkIndex: 0, linkName: checkLinkName(link) };
}

export async function namesByIndex(addon: Addon): Promise<Map<number, string>> {
  return new Map((await host("links", () => addon.linkNames())).map(({ index, name }) => [index, name]));
}

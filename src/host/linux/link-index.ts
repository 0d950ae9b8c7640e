import { checkLinkName } from "../addresses.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";

/** Index of a link; ENODEV (ERR_HOST_NOT_FOUND) where there is none. */
export async function indexOf(addon: Addon, link: string): Promise<number> {
  return (await host(link, () => addon.linkGet(checkLinkName(link)))).index;
}

export async function namesByIndex(addon: Addon): Promise<Map<number, string>> {
  return new Map((await host("links", () => addon.linkDump())).map((link) => [link.index, link.name]));
}

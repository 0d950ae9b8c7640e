import { checkLinkName } from "../addresses.ts";
import type { LinkSysctl, SyncOps } from "../host-ops.ts";
import { sysctlPathWithoutWait } from "../link-checks.ts";
import type { Addon } from "./addon.ts";
import { ask, atOnce, type Steps } from "./steps.ts";

/** Whether there is a link of that name. */
export function* existsOf(name: string): Steps<boolean> {
  return yield* ask(checkLinkName(name), (addon) => addon.linkExists(name));
}

/** The value of one setting, whose file `pathOf` knows. */
export function* sysctlOf(of: LinkSysctl, pathOf: (of: LinkSysctl) => string): Steps<string> {
  const path = pathOf(of);
  return yield* ask(of.link, (addon) => addon.sysctlRead(path));
}

/** The twins of links' calls. */
export function syncLink(addon: Addon): SyncOps["link"] {
  return {
    exists: (name) => atOnce(addon, existsOf(name)),
    readSysctl: (of) => atOnce(addon, sysctlOf(of, sysctlPathWithoutWait)),
  };
}

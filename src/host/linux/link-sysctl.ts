import type { LinkSysctl, SyncOps } from "../host-ops.ts";
import { sysctlPathWithoutWait } from "../link-checks.ts";
import type { Addon } from "./addon.ts";
import { ask, atOnce, type Steps } from "./steps.ts";

/** The value of one setting, whose file `pathOf` knows. */
export function* sysctlOf(of: LinkSysctl, pathOf: (of: LinkSysctl) => string): Steps<string> {
  const path = pathOf(of);
  return yield* ask(of.link, (addon) => addon.sysctlRead(path));
}

/** The twins of links' calls. */
export function syncLink(addon: Addon): SyncOps["link"] {
  return { readSysctl: (of) => atOnce(addon, sysctlOf(of, sysctlPathWithoutWait)) };
}

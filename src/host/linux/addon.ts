import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildInfo } from "../../shared/build-info.ts";
import { HostError } from "../host-error.ts";
import type { CloneAddon } from "./native/clone.ts";
import type { DmAddon } from "./native/dm.ts";
import type { LoopAddon } from "./native/loop.ts";
import type { NetAddon } from "./native/net.ts";
import type { ProcessAddon } from "./native/process.ts";

export type * from "./native/dm.ts";
export type * from "./native/loop.ts";
export type * from "./native/net.ts";
export type * from "./native/process.ts";

/** What native/src/napi/bindings registers: one function, one kernel operation. All arguments are checked again in C++. */
export interface Addon extends CloneAddon, DmAddon, LoopAddon, NetAddon, ProcessAddon {
  /** What it was built from (DMN-3); empty texts where the build did not say. */
  readonly build: BuildInfo;
}

/** The package's root: above `src/host/linux` as well as above the bundles in `build/lib`. */
function packageRoot(from: string): string | null {
  for (let directory = from; ; directory = path.dirname(directory)) {
    const manifest = path.join(directory, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "banger-vm")
      return directory;
    if (path.dirname(directory) === directory) return null;
  }
}

/** Loads the addon. ERR_HOST_ADDON when there is none or it does not load here. */
export function loadAddon(explicitPath?: string): Addon {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const root = packageRoot(here) ?? here;
  const file = path.resolve(explicitPath ?? path.join(root, "build/native/banger.node"));
  try {
    return createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    throw new HostError({
      code: "ERR_HOST_ADDON",
      errnoCode: existsSync(file) ? "ENOEXEC" : "ENOENT",
      syscall: "dlopen",
      object: file,
      detail: existsSync(file) ? (cause as Error).message : "the native addon is not built",
      next: "compile it with `make build`",
      cause,
    });
  }
}

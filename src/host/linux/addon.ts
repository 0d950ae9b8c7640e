import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildInfo } from "../../shared/build-info.ts";
import { HostError } from "../host-error.ts";
import type { Twins } from "../host-ops.ts";
import { addonFiles, withoutAddon } from "./addon-file.ts";
import type { CloneAddon } from "./native/clone.ts";
import type { DmAddon } from "./native/dm.ts";
import type { FileAddon } from "./native/file.ts";
import type { LoopAddon } from "./native/loop.ts";
import type { NetAddon } from "./native/net.ts";
import type { NetnsAddon } from "./native/netns.ts";
import type { NftAddon } from "./native/nft.ts";
import type { ProcessAddon } from "./native/process.ts";

export type * from "./native/dm.ts";
export type * from "./native/loop.ts";
export type * from "./native/net.ts";
export type * from "./native/nft.ts";
export type * from "./native/process.ts";

/** What an addon can do at once. */
export type AtOnce = Twins<
  ProcessAddon & NetnsAddon & NetAddon,
  "processSignal" | "procRead" | "sysctlRead" | "linkExists"
>;

/** What native/src/napi/bindings registers: one function, one kernel operation. All arguments are checked again in C++. */
export interface Addon
  extends CloneAddon,
    DmAddon,
    FileAddon,
    LoopAddon,
    NetAddon,
    NetnsAddon,
    NftAddon,
    ProcessAddon {
  /**
   * Calls `call`; the operations that it starts give undefined, are done in their order by one thread, and have one promise, of all that
   * they give: a hop there and back costs more than most of them. After one that failed the others are not begun; it rejects with its error, of
   * which `done` is how many were done before. Where `call` throws none is begun. It ends by returning, not by a promise.
   */
  inOneGo(call: () => unknown): Promise<unknown[]>;
  /** The same functions, done before they return: of operations that cannot wait (setTwins in C++). */
  readonly sync: AtOnce;
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
  const files = explicitPath === undefined ? addonFiles(root) : [path.resolve(explicitPath)];
  const load = createRequire(import.meta.url);
  let failure: { file: string; cause: unknown } | undefined;
  for (const file of files.filter((each) => existsSync(each))) {
    try {
      return load(file) as Addon;
    } catch (cause) {
      failure ??= { file, cause };
    }
  }
  const { detail, next } = withoutAddon(root);
  throw new HostError({
    code: "ERR_HOST_ADDON",
    errnoCode: failure === undefined ? "ENOENT" : "ENOEXEC",
    syscall: "dlopen",
    object: failure?.file ?? files.at(0) ?? "",
    detail: failure === undefined ? detail : (failure.cause as Error).message,
    next,
    cause: failure?.cause,
  });
}

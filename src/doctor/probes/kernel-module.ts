import { access, readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

export interface ModuleFiles {
  /** `/sys/module`: a directory for each module that is loaded. */
  readonly loaded: string;
  /** `/lib/modules/<release>` */
  readonly installed: string;
}

export function moduleFiles(): ModuleFiles {
  return { loaded: "/sys/module", installed: path.join("/lib/modules", os.release()) };
}

/**
 * Whether the running kernel has a module: in it (built in, or loaded), or for modprobe to load. A kernel that was built without modules
 * lists nothing, so that `missing` means "not known to be there".
 */
export async function moduleState(
  module: string,
  files: ModuleFiles = moduleFiles(),
): Promise<"there" | "loadable" | "missing"> {
  const loaded = await access(path.join(files.loaded, module.replaceAll("-", "_"))).then(
    () => true,
    () => false,
  );
  if (loaded || (await lists(path.join(files.installed, "modules.builtin"), module))) return "there";
  return (await lists(path.join(files.installed, "modules.dep"), module)) ? "loadable" : "missing";
}

/** modules.dep has lines such as `kernel/drivers/net/tun.ko.xz: ...`; dashes and underscores are one in modules' names. */
async function lists(file: string, module: string): Promise<boolean> {
  const name = module.replaceAll(/[-_]/g, "[-_]");
  const text = await readFile(file, "utf8").catch(() => "");
  return new RegExp(`(^|/)${name}\\.ko(\\.\\w+)?(:|$)`, "m").test(text);
}

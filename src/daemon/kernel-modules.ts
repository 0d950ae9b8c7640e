import { readFile } from "node:fs/promises";

/** The modules that the kernel has loaded, as one text: it changes when one comes or goes. Empty for a kernel without modules. */
export async function loadedModules(file = "/proc/modules"): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  // `dm_snapshot 53248 0 - Live 0x0`: what follows the name changes with use.
  return text.replaceAll(/ .*/g, "");
}

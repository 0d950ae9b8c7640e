/**
 * Builds what is out of date: `node scripts/build.ts [addon|agent|bundles|library]...`; without a name, all of it.
 *
 *     build/native/banger.node      the addon          build/lib/banger.cjs, bangerd.js   the programs, one file each
 *     build/agent/banger-agent      init and agent     build/bin/banger, bangerd          what starts them
 *     build/asan/banger.node        the addon with AddressSanitizer and UBSan: `sanitized`, only when named
 *     build/lib/{index,host,host-*}.js           what others import, with build/lib/chunks and build/lib/types
 */
import path from "node:path";
import { BUNDLES, bundleFile, makeBundle } from "./make/bundle.ts";
import { makeAddon, makeAgent, makeSanitizedAddon } from "./make/cmake.ts";
import { makeLauncher } from "./make/launcher.ts";
import { makeLibrary } from "./make/library.ts";
import { buildTuple } from "./make/tuple.ts";

const top = path.resolve(import.meta.dirname, "..");
const build = buildTuple(top);

const parts: Record<string, () => void | Promise<void>> = {
  addon: () => makeAddon(top, build),
  agent: () => makeAgent(top, build),
  bundles: async () => {
    for (const bundle of BUNDLES) {
      await makeBundle(top, bundle, build);
      makeLauncher(top, bundle.name, bundleFile(bundle));
    }
  },
  library: () => makeLibrary(top, build),
};

/** Only when asked for by name. */
const others: typeof parts = {
  sanitized: () => makeSanitizedAddon(top, build),
};

async function main(asked: string[]): Promise<void> {
  for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
    const part = parts[name] ?? others[name];
    if (!part)
      throw new Error(`no part "${name}"; there are ${Object.keys({ ...parts, ...others }).join(", ")}`);
    const start = performance.now();
    await part();
    const seconds = (performance.now() - start) / 1000;
    // A build with nothing to do says nothing about it.
    if (seconds > 1) process.stderr.write(`build: ${name} in ${seconds.toFixed(1)} s\n`);
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`build: ${error.message}\n`);
  process.exitCode = 1;
});

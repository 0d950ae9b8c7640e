import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import type { BuildInfo } from "../../src/shared/build-info.ts";
import { replaceIfChanged } from "./files.ts";

export interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** Packages that stay packages: what has a native part. */
  readonly external: readonly string[];
}

export const BUNDLES: readonly Bundle[] = [
  { name: "banger", entry: "src/bin/banger.ts", external: [] },
  { name: "bangerd", entry: "src/bin/bangerd.ts", external: ["better-sqlite3", "ssh2"] },
];

/** ssh2 asks for these with a try around it, and does without. */
const OPTIONAL = ["cpu-features", "*.node"];

function options(
  top: string,
  bundle: Bundle,
  info: BuildInfo,
): BuildOptions & { metafile: true; write: false } {
  return {
    absWorkingDir: top,
    entryPoints: [bundle.entry],
    outfile: `build/lib/${bundle.name}.js`,
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "node22.12",
    external: [...bundle.external, ...OPTIONAL],
    define: { __BANGER_BUILD__: JSON.stringify(info) },
    // CommonJS packages inside an ES module still call require().
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    logLevel: "warning",
  };
}

/** The program in memory, with esbuild's record of what is in it. */
export async function bundle(
  top: string,
  which: Bundle,
  info: BuildInfo,
): Promise<{ program: Uint8Array; metafile: Metafile }> {
  const { outputFiles, metafile } = await build(options(top, which, info));
  const [output] = outputFiles;
  if (!output) throw new Error(`esbuild wrote nothing for ${which.entry}`);
  return { program: output.contents, metafile };
}

/** Writes `build/lib/<name>.js`, and `build/meta/<name>.json` for who wants to know what is in it. Returns whether the program changed. */
export async function makeBundle(top: string, which: Bundle, info: BuildInfo): Promise<boolean> {
  const { program, metafile } = await bundle(top, which, info);
  mkdirSync(path.join(top, "build/lib"), { recursive: true });
  mkdirSync(path.join(top, "build/meta"), { recursive: true });
  writeFileSync(path.join(top, `build/meta/${which.name}.json`), JSON.stringify(metafile, null, 1));
  return replaceIfChanged(path.join(top, `build/lib/${which.name}.js`), program, 0o644);
}

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type BuildOptions, build } from "esbuild";
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
  { name: "bangerd", entry: "src/bin/bangerd.ts", external: ["better-sqlite3"] },
];

/** ssh2 asks for these with a try around it, and does without. */
const OPTIONAL = ["cpu-features", "*.node"];

function options(top: string, bundle: Bundle, build: BuildInfo): BuildOptions {
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
    define: { __BANGER_BUILD__: JSON.stringify(build) },
    // CommonJS packages inside an ES module still call require().
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    logLevel: "warning",
  };
}

/** Writes `build/lib/<name>.js` and esbuild's record of what is in it, `build/meta/<name>.json`. Returns whether the program changed. */
export async function makeBundle(top: string, bundle: Bundle, info: BuildInfo): Promise<boolean> {
  if (!existsSync(path.join(top, bundle.entry))) throw new Error(`${bundle.entry} is missing`);
  const result = await build(options(top, bundle, info));
  mkdirSync(path.join(top, "build/lib"), { recursive: true });
  mkdirSync(path.join(top, "build/meta"), { recursive: true });
  writeFileSync(path.join(top, `build/meta/${bundle.name}.json`), JSON.stringify(result.metafile, null, 1));
  const [output] = result.outputFiles ?? [];
  if (!output) throw new Error(`esbuild wrote nothing for ${bundle.entry}`);
  return replaceIfChanged(path.join(top, `build/lib/${bundle.name}.js`), output.contents, 0o644);
}

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import type { BuildInfo } from "../../src/shared/build-info.ts";
import { replaceIfChanged } from "./files.ts";

export interface Bundle {
  readonly name: string;
  readonly entry: string;
  /**
   * A CommonJS program asks for Node's modules where it needs them; an ES module has them all loaded before its first line, which
   * doubles the start of a short command. `.cjs`, as the package is of ES modules.
   */
  readonly format: "cjs" | "esm";
  /** Packages that stay packages: what has a native part. */
  readonly external: readonly string[];
}

export const BUNDLES: readonly Bundle[] = [
  { name: "banger", entry: "src/bin/banger.ts", format: "cjs", external: [] },
  { name: "bangerd", entry: "src/bin/bangerd.ts", format: "esm", external: ["better-sqlite3", "ssh2"] },
];

export function bundleFile(which: Pick<Bundle, "name" | "format">): string {
  return `${which.name}.${which.format === "cjs" ? "cjs" : "js"}`;
}

/** ssh2 asks for these with a try around it, and does without. */
const OPTIONAL = ["cpu-features", "*.node"];

const REQUIRE =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

function options(
  top: string,
  bundle: Bundle,
  info: BuildInfo,
): BuildOptions & { metafile: true; write: false } {
  return {
    absWorkingDir: top,
    entryPoints: [bundle.entry],
    outfile: `build/lib/${bundleFile(bundle)}`,
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: bundle.format,
    target: "node22.12",
    external: [...bundle.external, ...OPTIONAL],
    define: { __BANGER_BUILD__: JSON.stringify(info) },
    // CommonJS packages inside an ES module still call require().
    ...(bundle.format === "esm" && { banner: { js: REQUIRE } }),
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

/** Writes the program to `build/lib`, and `build/meta/<name>.json` for who wants to know what is in it. Returns whether the program changed. */
export async function makeBundle(top: string, which: Bundle, info: BuildInfo): Promise<boolean> {
  const { program, metafile } = await bundle(top, which, info);
  mkdirSync(path.join(top, "build/lib"), { recursive: true });
  mkdirSync(path.join(top, "build/meta"), { recursive: true });
  writeFileSync(path.join(top, `build/meta/${which.name}.json`), JSON.stringify(metafile, null, 1));
  return replaceIfChanged(path.join(top, "build/lib", bundleFile(which)), program, 0o644);
}

import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { build as esbuild, type Metafile } from "esbuild";
import type { BuildInfo } from "../../src/shared/build-info.ts";
import { makeDeclarations } from "./declarations.ts";
import { replaceIfChanged } from "./files.ts";

/** What package.json's `exports` lead to: the file in build/lib, and the source that is its face. */
export const LIBRARY: Readonly<Record<string, string>> = {
  index: "src/lib/index.ts",
  host: "src/host/index.ts",
  "host-fake": "src/host/fake/index.ts",
  "host-nft": "src/shared/nft/index.ts",
};

/**
 * The library as others import it (LIB-1 to LIB-3): ES modules that share their chunks, so that an error of the fake is an instance of
 * the HostError of `banger-vm/host`, and declarations beside them. No source is needed to use it.
 */
export async function makeLibrary(top: string, info: BuildInfo): Promise<void> {
  const lib = path.join(top, "build/lib");
  const stamp = path.join(top, "build/meta/library.json");
  // The build tuple is a digest of the sources: what it names is what was made last.
  const wanted = JSON.stringify({ info, files: LIBRARY });
  if (readStamp(stamp) === wanted) return;
  rmSync(stamp, { force: true });
  const { files } = await bundleLibrary(top, info);
  rmSync(path.join(lib, "chunks"), { recursive: true, force: true });
  for (const { path: file, contents } of files) {
    mkdirSync(path.dirname(file), { recursive: true });
    replaceIfChanged(file, contents, 0o644);
  }
  makeDeclarations(top, Object.values(LIBRARY), path.join(lib, "types"));
  mkdirSync(path.dirname(stamp), { recursive: true });
  replaceIfChanged(stamp, wanted, 0o644);
}

/** The modules in memory, with esbuild's record of what is in them. */
export async function bundleLibrary(
  top: string,
  info: BuildInfo,
): Promise<{ files: { path: string; contents: Uint8Array }[]; metafile: Metafile }> {
  const { outputFiles, metafile } = await esbuild({
    absWorkingDir: top,
    entryPoints: LIBRARY,
    outdir: "build/lib",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "node22.12",
    packages: "external",
    define: { __BANGER_BUILD__: JSON.stringify(info) },
    logLevel: "warning",
  });
  return { files: outputFiles, metafile };
}

/** What the last build left, or null where a part of it is gone. */
function readStamp(stamp: string): string | null {
  const lib = path.join(path.dirname(stamp), "../lib");
  try {
    for (const name of Object.keys(LIBRARY)) readFileSync(path.join(lib, `${name}.js`));
    readdirSync(path.join(lib, "types"));
    return readFileSync(stamp, "utf8");
  } catch {
    return null;
  }
}

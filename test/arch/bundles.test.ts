import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Metafile } from "esbuild";
import { describe, expect, it } from "vitest";
import { BUNDLES, bundle } from "../../scripts/make/bundle.ts";
import { bundleLibrary, LIBRARY } from "../../scripts/make/library.ts";
import { TOP } from "./support/tree.ts";

const build = { version: "0.0.0", commit: "test", time: "1970-01-01T00:00:00Z" };

async function metafileOf(name: string, entry?: string): Promise<Metafile> {
  const found = BUNDLES.find((each) => each.name === name);
  if (!found) throw new Error(`no bundle ${name}`);
  return (await bundle(TOP, entry === undefined ? found : { ...found, entry }, build)).metafile;
}

/** What of the daemon's weight is in a bundle, or would be loaded by it. */
function weight(metafile: Metafile): string[] {
  const outside = Object.values(metafile.outputs).flatMap((output) =>
    output.imports.map((each) => each.path),
  );
  return [...Object.keys(metafile.inputs), ...outside].filter((each) =>
    /^src\/(host\/linux|state|daemon|services|images|vmm|storage|guest|capabilities|doctor)\/|better-sqlite3|\.node$/.test(
      each,
    ),
  );
}

describe("what the programs are made of", () => {
  it("the CLI has neither addon nor SQLite in it", async () => {
    const metafile = await metafileOf("banger");
    expect(Object.keys(metafile.inputs)).toContain("src/bin/banger.ts");
    expect(weight(metafile)).toEqual([]);
  });

  it("the same look finds them in the daemon", async () => {
    const found = weight(await metafileOf("bangerd"));
    expect(found).toContain("better-sqlite3");
    expect(found).toContain("src/host/linux/addon.ts");
  });

  it("the library loads nothing of others, and the addon only for `banger-vm/host`", async () => {
    const { outputs } = (await bundleLibrary(TOP, build)).metafile;
    const packages = Object.values(outputs).flatMap((output) =>
      output.imports.filter((each) => each.external),
    );
    expect(packages.filter((each) => !each.path.startsWith("node:")).map((each) => each.path)).toEqual([]);
    const holders = Object.entries(outputs).filter(
      ([, output]) => "src/host/linux/addon.ts" in output.inputs,
    );
    expect(holders.map(([name]) => name)).toEqual(["build/lib/host.js"]);
  });

  it("package.json leads to what is built", () => {
    const { exports } = JSON.parse(readFileSync(path.join(TOP, "package.json"), "utf8")) as {
      exports: Record<string, { types: string; default: string } | string>;
    };
    const entries = Object.values(exports).filter((entry) => typeof entry !== "string");
    expect(entries).toEqual(
      Object.entries(LIBRARY).map(([name, source]) => ({
        types: source.replace(/^src/, "./build/lib/types").replace(/\.ts$/, ".d.ts"),
        default: `./build/lib/${name}.js`,
      })),
    );
  });

  it("every entry is there", () => {
    for (const entry of [...BUNDLES.map((each) => each.entry), ...Object.values(LIBRARY)])
      expect(existsSync(path.join(TOP, entry)), entry).toBe(true);
  });
});

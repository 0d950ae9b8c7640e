import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { describe, expect, it } from "vitest";
import { openHostOps } from "../../../src/host/facade.ts";
import { useScratch } from "../../contract/support/scratch.ts";
import { examplesOf, javaScriptBlocks, outputPattern } from "./support/examples.ts";

const TOP = path.resolve(import.meta.dirname, "../../..");
const DOCUMENT = readFileSync(path.join(TOP, "docs/hostops.md"), "utf8");
const IMAGE_BYTES = 16 << 20;

/** Why this kernel cannot run it, or null. */
async function missing(needs: string | null): Promise<string | null> {
  if (needs === null) return null;
  await using host = openHostOps();
  const rooms: Record<string, { available(): Promise<{ ok: boolean; reason: string }> }> = {
    "device-mapper": host.ops.dm,
    nftables: host.ops.nft,
  };
  const room = rooms[needs];
  if (room === undefined) throw new Error(`no test knows what "${needs}" is`);
  const { ok, reason } = await room.available();
  return ok ? null : reason;
}

describe("docs/hostops.md", () => {
  const scratch = useScratch();
  const examples = examplesOf(DOCUMENT);

  it("has no JavaScript that is not run here", () => {
    expect(examples.length).toBe(javaScriptBlocks(DOCUMENT));
    expect(examples.map((example) => example.name)).toEqual(
      expect.arrayContaining([
        "cow-disk",
        "tap-and-route",
        "nat",
        "clone-image",
        "jailed-process",
        "snapshot-fill",
      ]),
    );
  });

  it.for(examples)("the example $name prints what it says", async (example, context) => {
    const without = await missing(example.needs);
    if (without !== null) context.skip(without);
    // As npm would have put it there; the package leads to what is built.
    mkdirSync(scratch.path("node_modules"));
    symlinkSync(TOP, scratch.path("node_modules/banger-vm"));
    const image = Buffer.alloc(IMAGE_BYTES);
    image.write("base");
    writeFileSync(scratch.path("base.img"), image);
    // Node 22 has no `await using`.
    const { code } = await transform(example.program, { loader: "js", target: "node22.12", format: "esm" });
    writeFileSync(scratch.path("example.mjs"), code);
    const { stdout } = await promisify(execFile)(process.execPath, ["example.mjs"], {
      cwd: scratch.path(""),
    });
    expect(stdout).toMatch(outputPattern(example.output));
  });
});

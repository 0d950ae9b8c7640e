import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PATCH_LIMITS } from "../../../src/workspace/patch/limits.ts";
import { quoted, unquoted } from "../../../src/workspace/patch/quote.ts";
import { PatchReader } from "../../../src/workspace/patch/reader.ts";
import { newFile } from "./support/checkout.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

describe("paths in a patch", () => {
  it("are what they were, quoted and back", () => {
    const path = fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .map((each) => Buffer.from(each).toString("latin1"));
    fc.assert(fc.property(path, (each) => unquoted(quoted(each)) === each));
  });

  it.each(["plain", "with blank", "-dash"])("are plain where they can be: %s", (path) =>
    expect(quoted(path)).toBe(path),
  );

  it("are read in the one way that git writes them", () => {
    expect(quoted('a"\\\n\u00e9\u0001')).toBe('"a\\"\\\\\\n\\351\\001"');
    const others = [
      '"plain"',
      '"\\141"',
      '"\\n',
      "\\n",
      'a"b',
      '"\\x41"',
      '"\\12"',
      '"a\\"',
      '"\u00e9"',
      '"\\777"',
      '"',
    ];
    expect(others.filter((each) => unquoted(each) !== null)).toEqual([]);
  });
});

describe("a patch's reader", () => {
  it("finds the same in pieces of any size", () => {
    const patch = bytes(newFile("a") + newFile("b c", { mode: "100755" }) + newFile("l", { mode: "120000" }));
    const whole = new PatchReader();
    whole.push(patch);
    const entries = whole.end();
    expect(
      entries.map(({ path, start, end }) => patch.toString("latin1", start, end).includes(` b/${path}`)),
    ).toEqual([true, true, true]);
    expect(entries.at(-1)?.end).toBe(patch.length);
    fc.assert(
      fc.property(fc.array(fc.nat(patch.length)), (cuts) => {
        const reader = new PatchReader();
        const at = [0, ...cuts.sort((a, b) => a - b), patch.length];
        for (const [index, from] of at.slice(0, -1).entries())
          reader.push(patch.subarray(from, at[index + 1]));
        expect(reader.end()).toEqual(entries);
      }),
    );
  });

  it("throws nothing but its own errors, whatever comes", () => {
    const words = [
      "diff --git a/x b/x\n",
      "new file mode 100644\n",
      `index ${"0".repeat(40)}..${"1".repeat(40)}\n`,
      "--- /dev/null\n",
      "+++ b/x\n",
      "@@ -0,0 +1 @@\n",
      "+x\n",
      "\\ No newline at end of file\n",
      "GIT binary patch\n",
      "literal 1\n",
      "\n",
      "x",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 14 }), (some) => {
        const reader = new PatchReader();
        try {
          reader.push(bytes(some.join("")));
          const entries = reader.end();
          expect(entries.every(({ path }) => path === "x")).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_WORKSPACE_PATCH" });
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["files", { files: 2 }],
    ["bytes of paths", { pathBytes: 4 }],
    ["bytes", { bytes: 300 }],
  ])("takes no more %s than its limit", (_what, limits) => {
    const read = (text: string, more: object) => {
      const reader = new PatchReader({ ...PATCH_LIMITS, ...more });
      reader.push(bytes(text));
      return reader.end();
    };
    const patch = newFile("aa") + newFile("bb") + newFile("cc");
    expect(read(patch, {})).toHaveLength(3);
    expect(() => read(patch, limits)).toThrow(
      expect.objectContaining({ code: "ERR_WORKSPACE_PATCH_TOO_LARGE" }),
    );
  });

  it("holds no long line in memory, and refuses one that it would have to", () => {
    const reader = new PatchReader();
    reader.push(bytes(newFile("a").replace("+hostile\n", "+")));
    for (let count = 0; count < 100; count += 1) reader.push(Buffer.alloc(2 ** 20, "x"));
    reader.push(bytes("\n"));
    expect(reader.end()).toMatchObject([{ path: "a", added: 1 }]);
    expect(() => new PatchReader().push(Buffer.alloc(50_000, "d"))).toThrow(
      expect.objectContaining({ code: "ERR_WORKSPACE_PATCH" }),
    );
  });
});

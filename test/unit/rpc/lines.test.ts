import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { lines } from "../../../src/rpc/lines.ts";

const asIs = (cause: unknown) => cause as Error;

async function linesOf(chunks: Iterable<Buffer>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines(Readable.from(chunks), asIs)) found.push(line);
  return found;
}

test("lines are the same however the bytes were cut, also within a character", async () => {
  const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", "·"));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(64)), async (texts, cuts) => {
      let rest = Buffer.from(texts.map((text) => `${text}\n`).join(""));
      const chunks: Buffer[] = [];
      for (const cut of cuts) {
        chunks.push(rest.subarray(0, cut));
        rest = rest.subarray(cut);
      }
      chunks.push(rest);
      expect(await linesOf(chunks.filter((chunk) => chunk.length > 0))).toEqual(texts);
    }),
  );
});

test("a last line without its end is none", async () => {
  expect(await linesOf([Buffer.from("whole\nhalf")])).toEqual(["whole"]);
});

test("leaving the loop destroys the stream; a failure is thrown as what it was made into", async () => {
  const endless = Readable.from([Buffer.from("a\n"), Buffer.from("b\n")]);
  for await (const line of lines(endless, asIs)) {
    expect(line).toBe("a");
    break;
  }
  expect(endless.destroyed).toBe(true);
  const failing = new Readable({ read() {} });
  failing.push("a\n");
  const next = lines(failing, () => new Error("made"));
  await next.next();
  failing.destroy(new Error("raw"));
  await expect(next.next()).rejects.toThrow("made");
});

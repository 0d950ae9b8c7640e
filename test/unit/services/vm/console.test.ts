import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConsole } from "../../../../src/services/vm/console.ts";

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "console-"));
  file = path.join(directory, "console.log");
});

afterEach(() => rmSync(directory, { recursive: true }));

const never = new AbortController().signal;

async function text(
  chunks: AsyncIterable<Buffer>,
  onChunk: (all: string) => void = () => undefined,
): Promise<string> {
  let all = "";
  for await (const chunk of chunks) {
    all += chunk.toString();
    onChunk(all);
  }
  return all;
}

describe("reading a console (VM-12)", () => {
  it("is empty for a VM that never started", async () => {
    expect(await text(readConsole(file, { follow: false, signal: never, isLive: () => false }))).toBe("");
  });

  it("gives the rotated part first", async () => {
    writeFileSync(`${file}.1`, "old\n");
    writeFileSync(file, `new\n${"x".repeat(200_000)}`);
    const all = await text(readConsole(file, { follow: false, signal: never, isLive: () => true }));
    expect(all).toBe(`old\nnew\n${"x".repeat(200_000)}`);
  });

  it("follows what comes, over a rotation, until the VM has ended", async () => {
    writeFileSync(file, "a");
    let live = true;
    const all = await text(
      readConsole(file, { follow: true, signal: never, isLive: () => live }),
      (soFar) => {
        if (soFar === "a") appendFileSync(file, "b");
        if (soFar === "ab") {
          renameSync(file, `${file}.1`);
          writeFileSync(file, "c");
        }
        if (soFar === "abc") live = false;
      },
    );
    expect(all).toBe("abc");
  });

  it("ends when its reader has gone", async () => {
    writeFileSync(file, "a");
    const gone = new AbortController();
    const all = await text(readConsole(file, { follow: true, signal: gone.signal, isLive: () => true }), () =>
      gone.abort(),
    );
    expect(all).toBe("a");
  });
});

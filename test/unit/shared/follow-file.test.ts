import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FollowOptions, followFile } from "../../../src/shared/follow-file.ts";

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "follow-"));
  file = path.join(directory, "console.log");
});

afterEach(() => rmSync(directory, { recursive: true }));

const ONCE: FollowOptions = {
  follow: false,
  tailLines: null,
  signal: new AbortController().signal,
  isLive: () => true,
};

async function text(
  options: Partial<FollowOptions>,
  onChunk: (all: string) => void = () => undefined,
): Promise<string> {
  let all = "";
  for await (const chunk of followFile(file, { ...ONCE, ...options })) {
    all += chunk.toString();
    onChunk(all);
  }
  return all;
}

function rotate(fresh: string): void {
  renameSync(file, `${file}.1`);
  writeFileSync(file, fresh);
}

describe("reading a log (VM-12)", () => {
  it("is empty where there is no file", async () => {
    expect(await text({})).toBe("");
    expect(await text({ follow: true, isLive: () => false })).toBe("");
  });

  it("gives the rotated part first", async () => {
    writeFileSync(`${file}.1`, "old\n");
    writeFileSync(file, `new\n${"x".repeat(200_000)}`);
    expect(await text({})).toBe(`old\nnew\n${"x".repeat(200_000)}`);
  });

  it.each([
    [0, ""],
    [1, "5\n"],
    [3, "3 is split over the rotation\n4\n5\n"],
    [4, "2\n3 is split over the rotation\n4\n5\n"],
    [5, "1\n2\n3 is split over the rotation\n4\n5\n"],
    [99, "1\n2\n3 is split over the rotation\n4\n5\n"],
  ])("the last %i lines, over both files", async (tailLines, expected) => {
    writeFileSync(`${file}.1`, "1\n2\n3 is split");
    writeFileSync(file, " over the rotation\n4\n5\n");
    expect(await text({ tailLines })).toBe(expected);
  });

  it("counts a last line without its newline, and lines longer than a read", async () => {
    const long = "y".repeat(150_000);
    writeFileSync(file, `a\n${long}\nunfinished`);
    expect(await text({ tailLines: 0 })).toBe("");
    expect(await text({ tailLines: 1 })).toBe("unfinished");
    expect(await text({ tailLines: 2 })).toBe(`${long}\nunfinished`);
  });
});

describe("following a log", () => {
  it("goes on with what comes, over a rotation, until no more can come", async () => {
    writeFileSync(file, "a");
    let live = true;
    const all = await text({ follow: true, isLive: () => live }, (soFar) => {
      if (soFar === "a") appendFileSync(file, "b");
      if (soFar === "ab") rotate("c");
      if (soFar === "abc") live = false;
    });
    expect(all).toBe("abc");
  });

  it("loses nothing that was written between its last look and a rotation, nor between two rotations", async () => {
    writeFileSync(file, "a");
    let live = true;
    const all = await text({ follow: true, isLive: () => live }, (soFar) => {
      if (soFar === "a") {
        // All before the next look.
        setImmediate(() => {
          appendFileSync(file, "b");
          rotate("c");
          appendFileSync(file, "d");
          rotate("e");
        });
      }
      if (soFar === "abcde") live = false;
    });
    expect(all).toBe("abcde");
  });

  it("waits for a file that is not there yet, and reads to the end what came before the end", async () => {
    let looks = 0;
    const all = await text({
      follow: true,
      isLive: () => {
        looks += 1;
        if (looks === 2) writeFileSync(file, "late");
        return looks < 2;
      },
    });
    expect(all).toBe("late");
  });

  it("begins at the tail", async () => {
    writeFileSync(file, "1\n2\n");
    let live = true;
    const all = await text({ follow: true, tailLines: 1, isLive: () => live }, (soFar) => {
      if (soFar === "2\n") appendFileSync(file, "3\n");
      if (soFar === "2\n3\n") live = false;
    });
    expect(all).toBe("2\n3\n");
  });

  it("ends when its reader has gone", async () => {
    writeFileSync(file, "a");
    const gone = new AbortController();
    expect(await text({ follow: true, signal: gone.signal }, () => gone.abort())).toBe("a");
  });
});

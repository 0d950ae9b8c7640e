import { describe, expect, it } from "vitest";
import { screenFor } from "../../../../src/cli/render/screen.ts";
import { statsTable } from "../../../../src/cli/render/stats.ts";

async function shown(output: { isTTY?: boolean; columns?: number; rows?: number }, texts: string[]) {
  let all = "";
  const screen = screenFor({ write: () => undefined, ...output }, async (text) => {
    all += text;
  });
  for (const text of texts) await screen.show(text);
  return all;
}

describe("a text that is shown again and again", () => {
  it("is drawn in place on a terminal, clipped to it, what is left of the last one wiped", async () => {
    const all = await shown({ isTTY: true, columns: 6, rows: 4 }, ["a\nbcdefghi\n", "1\n2\n3\n4\n5\n"]);
    expect(all).toBe(
      "\ra\u001b[K\nbcdef\u001b[K\n\u001b[J" + "\u001b[2F1\u001b[K\n2\u001b[K\n3\u001b[K\n\u001b[J",
    );
  });

  it("is one block after another in a pipe", async () => {
    expect(await shown({}, ["a\n", "b\n"])).toBe("a\n\nb\n");
  });
});

describe("the table of stats", () => {
  const vm = {
    ...{ id: "i", name: "web", state: "running" as const, cpuPercent: 12.345, uptimeSeconds: 125.9 },
    ...{ memoryBytes: 128 * 2 ** 20, memoryLimitBytes: 2 ** 30 },
    disks: [
      { name: "root", usedBytes: 2 ** 20, totalBytes: 8 * 2 ** 30, invalid: false, note: null },
      { name: "work", usedBytes: 0, totalBytes: 2 ** 30, invalid: false, note: null },
    ],
    network: { receivedBytes: 2048, sentBytes: 10 },
  };

  it("has a line for each VM", () => {
    expect(statsTable([vm])).toBe(
      "NAME  CPU %   MEM USAGE / LIMIT  MEM %  ROOT         WORK       NET IN / OUT  UPTIME\n" +
        "web   12.35%  128MiB / 1GiB      12.5%  1MiB / 8GiB  0B / 1GiB  2KiB / 10B    2m05s\n",
    );
  });

  it("shows what is not there, and a disk whose changes are lost", () => {
    const stopped = { ...vm, cpuPercent: null, memoryBytes: null, network: null, uptimeSeconds: null };
    const disks = [{ name: "root", usedBytes: 1, totalBytes: 1, invalid: true, note: "gone\u001b" }];
    const [, line, below] = statsTable([{ ...stopped, name: "a\u001b[2J", disks }]).split("\n");
    expect(below).toBe("a\\u001b[2J: root disk: gone\\u001b");
    expect(line?.split(/ {2,}/)).toEqual([
      "a\\u001b[2J",
      "--",
      "-- / 1GiB",
      "--",
      "INVALID",
      "--",
      "--",
      "--",
    ]);
  });
});

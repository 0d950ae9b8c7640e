import { writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { loadedModules } from "../../../src/daemon/kernel-modules.ts";
import { remember } from "../../../src/daemon/remember.ts";
import { directory } from "../state/fixtures.ts";

function asked(...answers: (string | null)[]) {
  let state = "";
  let asks = 0;
  const ask = async () => {
    const answer = answers[asks];
    asks += 1;
    if (answer == null) throw new Error("nothing works");
    return answer;
  };
  const isFinal = (answer: string) => answer === "dm-snapshot";
  const pick = remember(ask, { isFinal, state: async () => state });
  return {
    pick,
    asks: () => asks,
    change: () => {
      state += "x";
    },
  };
}

it("asks again when what an answer depends on has changed, and not before", async () => {
  const { pick, asks, change } = asked("overlay", "dm-snapshot");
  expect([await pick(), await pick(), asks()]).toEqual(["overlay", "overlay", 1]);
  change();
  expect(await pick()).toBe("dm-snapshot");
  change();
  expect([await pick(), asks()]).toEqual(["dm-snapshot", 2]);
});

it("asks again after a failure, also one of a second time", async () => {
  const { pick, asks, change } = asked(null, "overlay", null, "copy");
  await expect(pick()).rejects.toThrow("nothing works");
  expect(await pick()).toBe("overlay");
  change();
  await expect(pick()).rejects.toThrow("nothing works");
  expect([await pick(), asks()]).toEqual(["copy", 4]);
});

it("a module that is loaded changes the list, one that is used does not", async () => {
  using place = directory();
  const write = (text: string) => writeFile(place.file, text);
  await write("dm_mod 184320 0 - Live 0x0\n");
  const before = await loadedModules(place.file);
  await write("dm_mod 184320 2 dm_snapshot,\n");
  expect(await loadedModules(place.file)).toBe(before);
  await write("dm_snapshot 53248 0 - Live 0x0\ndm_mod 184320 2 dm_snapshot,\n");
  expect(await loadedModules(place.file)).not.toBe(before);
  expect(await loadedModules(`${place.file}.none`)).toBe("");
});

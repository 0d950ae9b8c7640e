import { beforeEach, expect, it } from "vitest";
import { LookTurns } from "../../../../src/services/network/look-turns.ts";

let now: number;
let mark: string | null;
let looks: number;
let turns: LookTurns;

beforeEach(() => {
  [now, mark, looks] = [0, "a", 0];
  const read = async () => mark ?? Promise.reject(new Error("no /proc"));
  turns = new LookTurns({ mark: read, now: () => now });
});

/** A second later, as the daemon looks. */
async function second(tookMs = 1): Promise<boolean> {
  now += 1_000 - (now % 1_000);
  const seen = await turns.take(async () => {
    looks += 1;
    now += tookMs;
    return true;
  });
  return seen === true;
}

it("a look is due when something has changed, and not otherwise", async () => {
  expect([await second(), await second(), await second()]).toEqual([true, false, false]);
  mark = "b";
  expect([await second(), await second()]).toEqual([true, false]);
});

it("a look is due when there is more to look at, though not at any price", async () => {
  expect(await second(50)).toBe(true);
  turns.expire();
  expect([await second(), await second(), await second(), await second()]).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect([await second(), await second()]).toEqual([true, false]);
});

it("a look is due now and then though nothing shows", async () => {
  for (let passed = 0; passed < 90; passed++) await second();
  expect(looks).toBe(3);
});

it("every look is, where nobody can tell", async () => {
  mark = null;
  expect([await second(), await second()]).toEqual([true, true]);
});

it("looks that are dear are rare, whatever changes", async () => {
  for (let passed = 0; passed < 60; passed++) {
    mark = String(passed);
    await second(30);
  }
  expect(looks).toBe(20);
  for (let passed = 0; passed < 60; passed++) {
    mark = `later ${passed}`;
    await second(500);
  }
  expect(looks).toBe(32);
});

it("a change while a look was under way is found by the next, and so is what a look that failed was about", async () => {
  const failing = turns.take(async () => {
    mark = "changed";
    throw new Error("no netlink");
  });
  await expect(failing).rejects.toThrow("no netlink");
  expect([await second(), await second()]).toEqual([true, false]);
  mark = "again";
  now += 1_000;
  await turns.take(async () => {
    mark = "meanwhile";
  });
  expect([await second(), await second()]).toEqual([true, false]);
});

import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, test } from "vitest";
import { openState } from "../../../src/state/database.ts";
import { directory, IMAGE, OPTIONS } from "./fixtures.ts";

test("200 reservations from four processes at once never share a name, a slot or an address", async () => {
  using place = directory();
  const state = openState(place.file, OPTIONS);
  state.images.insert(IMAGE);
  const children = [0, 1, 2, 3].map((number) =>
    fork(path.join(import.meta.dirname, "reserving-process.ts"), [place.file, String(number)]),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
  expect(codes).toEqual([0, 0, 0, 0]);
  const records = state.vms.list();
  expect(records).toHaveLength(200);
  for (const key of ["id", "name", "slot", "address"] as const) {
    expect(new Set(records.map((record) => record[key])).size).toBe(200);
  }
  expect(Math.max(...records.map(({ slot }) => slot))).toBe(200);
  state.close();
}, 60_000);

import { describe, expect, test } from "vitest";
import type { Place } from "../../../src/domain/place.ts";
import { openState } from "../../../src/state/database.ts";
import { directory, IMAGE, idOf, OPTIONS, reservation, stateWithImage } from "./fixtures.ts";

describe("reserve", () => {
  test("gives what was asked, the first slot and the first address after the gateway", () => {
    using state = stateWithImage();
    const record = state.vms.reserve(reservation(1));
    expect(record).toEqual({ ...reservation(1), slot: 1, address: "172.30.0.2", desired: "stopped" });
    expect(state.vms.get(record.id)).toEqual(record);
    expect(state.vms.list()).toEqual([record]);
  });

  test("reuses the smallest slot and address that a deleted VM freed", () => {
    using state = stateWithImage();
    for (const number of [1, 2, 3]) state.vms.reserve(reservation(number));
    state.vms.delete(idOf(2));
    expect(state.vms.reserve(reservation(4))).toMatchObject({ slot: 2, address: "172.30.0.3" });
    expect(state.vms.reserve(reservation(5))).toMatchObject({ slot: 4, address: "172.30.0.5" });
  });

  test("tells who the next ones will be, and gives a place that was asked for where it is free", () => {
    using state = stateWithImage();
    for (const number of [1, 2, 3]) state.vms.reserve(reservation(number));
    state.vms.delete(idOf(2));
    const next = [
      { slot: 2, address: "172.30.0.3" },
      { slot: 4, address: "172.30.0.5" },
      { slot: 5, address: "172.30.0.6" },
    ];
    expect(state.vms.nextPlaces(3)).toEqual(next);
    const [, fourth, fifth] = next as [Place, Place, Place];
    const taken = { slot: 9, address: "172.30.0.2" };
    expect(state.vms.isFree(taken)).toBe(false);
    expect(state.vms.isFree(fifth)).toBe(true);
    const record = state.vms.reserve({ ...reservation(4), places: [taken, fifth, fourth] });
    expect(record).toEqual({ ...reservation(4), ...fifth, desired: "stopped" });
    expect(state.vms.reserve({ ...reservation(5), places: [fifth] })).toMatchObject(next[0] as Place);
  });

  test("names no more next ones than there is room for", () => {
    using state = stateWithImage({ networkCidr: "10.9.0.0/29" });
    expect(state.vms.nextPlaces(9).map(({ slot }) => slot)).toEqual([1, 2, 3, 4, 5]);
  });

  test("300 VMs share neither name, slot nor address, also when names are made up", () => {
    // A generator with few values makes collisions certain.
    let draws = 0;
    using state = stateWithImage({ random: () => (draws++ % 11) / 11 });
    const records = Array.from({ length: 300 }, (_, index) =>
      state.vms.reserve({ ...reservation(index), name: undefined }),
    );
    for (const key of ["name", "slot", "address"] as const) {
      expect(new Set(records.map((record) => record[key])).size).toBe(300);
    }
    expect(records[0]?.name).toMatch(/^[a-z]+-[a-z]+$/);
    expect(records.every(({ name }) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name))).toBe(true);
  });

  test("a name that is taken is refused with a next step; one that merely begins alike is not", () => {
    using state = stateWithImage();
    state.vms.reserve(reservation(1, "beta-sandbox"));
    state.vms.reserve(reservation(2, "beta"));
    expect(() => state.vms.reserve(reservation(3, "beta"))).toThrow(
      expect.objectContaining({
        code: "ERR_NAME_TAKEN",
        next: expect.stringContaining("banger vm delete beta"),
      }),
    );
    expect(state.vms.list()).toHaveLength(2);
  });

  test.each(["", "-a", "a-", "A", "a_b", "a.b", "a".repeat(64), "ä", "0".repeat(32)])(
    "%j is no name",
    (name) => {
      using state = stateWithImage();
      expect(() => state.vms.reserve(reservation(1, name))).toThrow(
        expect.objectContaining({ code: "ERR_BAD_NAME" }),
      );
    },
  );

  test("a full network leaves out network, gateway and broadcast address", () => {
    using state = stateWithImage({ networkCidr: "10.9.0.0/29" });
    const addresses = [1, 2, 3, 4, 5].map((number) => state.vms.reserve(reservation(number)).address);
    expect(addresses).toEqual(["10.9.0.2", "10.9.0.3", "10.9.0.4", "10.9.0.5", "10.9.0.6"]);
    expect(() => state.vms.reserve(reservation(6))).toThrow(
      expect.objectContaining({ code: "ERR_NETWORK_FULL" }),
    );
  });

  test("no more VMs than there are user ids", () => {
    using state = stateWithImage({ slots: 1 });
    state.vms.reserve(reservation(1));
    expect(() => state.vms.reserve(reservation(2))).toThrow(expect.objectContaining({ code: "ERR_NO_SLOT" }));
  });

  test("an address of a former range neither disturbs nor is given again", () => {
    using place = directory();
    const before = openState(place.file, { ...OPTIONS, networkCidr: "192.168.7.0/24" });
    before.images.insert(IMAGE);
    before.vms.reserve(reservation(1));
    before.close();
    const after = openState(place.file, OPTIONS);
    expect(after.vms.reserve(reservation(2))).toMatchObject({ slot: 2, address: "172.30.0.2" });
    expect(after.vms.get(idOf(1))).toMatchObject({ address: "192.168.7.2" });
    expect(["192.168.7.2", "172.30.0.1", "172.30.0.2"].map((each) => after.vms.isOfNetwork(each))).toEqual([
      false,
      false,
      true,
    ]);
    const moved = { id: idOf(1), slot: 1, address: "172.30.0.3" };
    expect(after.vms.readdress(idOf(1))).toMatchObject(moved);
    expect(after.vms.readdress(idOf(1))).toMatchObject(moved);
    expect(after.vms.readdress(idOf(2))).toMatchObject({ address: "172.30.0.2" });
    expect(after.vms.readdress(idOf(9))).toBeNull();
    after.close();
  });

  test("a network that is full has no address for one of a former range either", () => {
    using place = directory();
    const before = openState(place.file, { ...OPTIONS, networkCidr: "192.168.7.0/24" });
    before.images.insert(IMAGE);
    for (let number = 1; number <= 6; number++) before.vms.reserve(reservation(number));
    before.close();
    const after = openState(place.file, { ...OPTIONS, networkCidr: "10.9.0.0/29" });
    for (let number = 1; number <= 5; number++) after.vms.readdress(idOf(number));
    expect(() => after.vms.readdress(idOf(6))).toThrow(expect.objectContaining({ code: "ERR_NETWORK_FULL" }));
    after.close();
  });

  test("an image that was deleted meanwhile is said so", () => {
    using state = stateWithImage();
    state.images.delete(IMAGE.id);
    expect(() => state.vms.reserve(reservation(1))).toThrow(
      expect.objectContaining({ code: "ERR_IMAGE_NOT_FOUND" }),
    );
  });
});

test("desired state and the promise to remove are kept", () => {
  using state = stateWithImage();
  state.vms.reserve({ ...reservation(1), autoRemove: true });
  state.vms.setDesired(idOf(1), "running");
  expect(state.vms.get(idOf(1))).toMatchObject({ desired: "running", autoRemove: true });
  state.vms.setAutoRemove(idOf(1), false);
  state.vms.setDesired(idOf(1), "stopped");
  expect(state.vms.get(idOf(1))).toMatchObject({ desired: "stopped", autoRemove: false });
});

test("list is by age, also after deletions; get and delete of nobody do nothing", () => {
  using state = stateWithImage();
  for (const number of [3, 1, 2]) state.vms.reserve(reservation(number));
  state.vms.delete(idOf(1));
  state.vms.delete(idOf(99));
  state.vms.reserve(reservation(1));
  expect(state.vms.list().map(({ id }) => id)).toEqual([3, 2, 1].map(idOf));
  expect(state.vms.get(idOf(99))).toBeNull();
});

import { expect, test } from "vitest";
import { IMAGE, reservation, stateWithImage } from "./fixtures.ts";

test("an image is found by name and by id", () => {
  using state = stateWithImage();
  expect(state.images.byName(IMAGE.name)).toEqual(IMAGE);
  expect(state.images.get(IMAGE.id)).toEqual(IMAGE);
  expect(state.images.byName("other")).toBeNull();
  expect(state.images.list()).toEqual([IMAGE]);
});

test("a name that was taken meanwhile is refused", () => {
  using state = stateWithImage();
  expect(() => state.images.insert({ ...IMAGE, id: "other" })).toThrow(
    expect.objectContaining({ code: "ERR_IMAGE_EXISTS" }),
  );
});

test("an image that VMs are made from is not deleted", () => {
  using state = stateWithImage();
  const vm = state.vms.reserve(reservation(1));
  expect(() => state.images.delete(IMAGE.id)).toThrow(expect.objectContaining({ code: "ERR_IMAGE_IN_USE" }));
  state.vms.delete(vm.id);
  state.images.delete(IMAGE.id);
  state.images.delete(IMAGE.id);
  expect(state.images.list()).toEqual([]);
});

import { expect, test } from "vitest";
import { resolveRef, resolveRefs } from "../../../src/state/refs.ts";

const VMS = [
  { id: `abc${"0".repeat(29)}`, name: "beta" },
  { id: `abd${"1".repeat(29)}`, name: "beta-sandbox" },
  { id: `f00${"2".repeat(29)}`, name: "abc" },
  { id: `123${"3".repeat(29)}`, name: "brave-otter" },
] as const;

const nameOf = (ref: string) => resolveRef(ref, VMS).name;

test("an exact id, then an exact name, then a unique prefix of either", () => {
  expect(nameOf(VMS[1].id)).toBe("beta-sandbox");
  expect(nameOf("beta")).toBe("beta");
  expect(nameOf("abc")).toBe("abc");
  expect(nameOf("abc0")).toBe("beta");
  expect(nameOf("beta-")).toBe("beta-sandbox");
  expect(nameOf("f0")).toBe("abc");
});

test("a prefix of both id and name of one VM is not ambiguous", () => {
  expect(resolveRef("12", [{ id: "12ab", name: "12th" }]).name).toBe("12th");
});

test("an ambiguous ref lists the candidates", () => {
  expect(() => nameOf("b")).toThrow(
    expect.objectContaining({
      code: "ERR_AMBIGUOUS_REF",
      message: '"b" could be beta (abc000000000), beta-sandbox (abd111111111), brave-otter (123333333333)',
    }),
  );
});

test("nobody: the list is named, and the nearest name", () => {
  expect(() => nameOf("brave-oter")).toThrow(
    expect.objectContaining({
      code: "ERR_VM_NOT_FOUND",
      next: expect.stringContaining("did you mean brave-otter?"),
    }),
  );
  expect(() => nameOf("zzzzzzzz")).toThrow(
    expect.objectContaining({ next: expect.stringMatching(/^`banger vm list --all`/) }),
  );
  expect(() => nameOf("")).toThrow(expect.objectContaining({ code: "ERR_VM_NOT_FOUND" }));
});

test("several refs: duplicates dropped, first-seen order, failures beside successes", () => {
  const resolved = resolveRefs(["brave-otter", "nobody", "beta", "123", VMS[0].id, "nobody"], VMS);
  expect(resolved.map(({ ref, record, error }) => [ref, record?.name ?? error?.code])).toEqual([
    ["brave-otter", "brave-otter"],
    ["nobody", "ERR_VM_NOT_FOUND"],
    ["beta", "beta"],
  ]);
});

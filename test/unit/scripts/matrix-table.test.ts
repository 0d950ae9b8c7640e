import { expect, test } from "vitest";
import { merge, table } from "../../../scripts/suite/matrix-table.ts";
import { cellsOf } from "../../support/cells.ts";

test("a cell is told from where it ran, a failure is seen, and what ran nowhere says why", () => {
  const skipped = { create: "skipped: no KVM" } as const;
  const rows = merge([
    { place: "host", report: { "qemu-kvm-copy": skipped, "firecracker-kvm-copy": skipped } },
    { place: "lab", report: { "qemu-kvm-copy": { create: "passed", exec: "failed" } } },
  ]);
  const text = table(rows);
  expect(text).toContain("| qemu-kvm-copy | lab | ✓ | ✗ | · |");
  expect(text).toContain("| firecracker-kvm-copy | not run: no KVM | · |");
  expect(text).toContain("| qemu-tcg-copy | not run: no report | · |");
});

test("cells are chosen by pattern, and a pattern that names none is an error", () => {
  expect(cellsOf("qemu-*-copy,qemu-tcg-*").map((cell) => cell.name)).toEqual([
    ...["qemu-tcg-copy", "qemu-kvm-copy", "qemu-tcg-reflink", "qemu-tcg-overlay", "qemu-tcg-dm-snapshot"],
  ]);
  expect(() => cellsOf("xen-*")).toThrow(/no cell xen/);
});

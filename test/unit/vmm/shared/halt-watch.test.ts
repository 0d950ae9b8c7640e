import { expect, it } from "vitest";
import { HaltWatch } from "../../../../src/vmm/shared/halt-watch.ts";

const sees = (...chunks: string[]) => {
  const watch = new HaltWatch();
  return chunks.map((chunk) => watch.sees(Buffer.from(chunk)));
};

it("sees the kernel's last words, however they come, once", () => {
  expect(sees("x\n[    3.1] reboot: System halted\n", "more")).toEqual([true, false]);
  expect(sees("[ 3.1] reboot: Pow", "er down")).toEqual([false, true]);
  expect(sees(..."\nreboot: System halted\n")).toEqual(
    [..."\nreboot: System halted\n"].map((_, at) => at === 21),
  );
  expect(sees(`${"x".repeat(100_000)}reboot: Power`, " off")).toEqual([false, false]);
  expect(sees("reboot: Restarting system", "noreboot: System halted")).toEqual([false, false]);
});

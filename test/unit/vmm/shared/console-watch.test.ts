import { expect, it } from "vitest";
import { ConsoleWatch } from "../../../../src/vmm/shared/console-watch.ts";

const sees = (...chunks: string[]) => {
  const watch = new ConsoleWatch();
  return chunks.map((chunk) => watch.sees(Buffer.from(chunk)));
};

it("sees the kernel's last words, however they come, once", () => {
  expect(sees("x\n[    3.1] reboot: System halted\n", "more")).toEqual(["halted", null]);
  expect(sees("[ 3.1] reboot: Pow", "er down")).toEqual([null, "halted"]);
  expect(sees(..."\nreboot: System halted\n")).toEqual(
    [..."\nreboot: System halted\n"].map((_, at) => (at === 21 ? "halted" : null)),
  );
  expect(sees(`${"x".repeat(100_000)}reboot: Power`, " off")).toEqual([null, null]);
  expect(sees("reboot: Restarting system", "noreboot: System halted")).toEqual([null, null]);
});

it("sees that a kernel has found no timer, as a line of its own", () => {
  expect(sees("banger-init: timer: none\r\n", "more")).toEqual(["no timer", null]);
  expect(sees(..."x\r\nbanger-init: timer: ").at(-1)).toBe("no timer");
  expect(sees("as banger-init: timer: says\n", "banger-init: root disk: none")).toEqual([null, null]);
});

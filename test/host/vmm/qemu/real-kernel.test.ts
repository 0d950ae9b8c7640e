import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, realKernel } from "./bench.ts";
import { tinyInitramfs } from "./tiny-init.ts";

const HELLO = "hello from init\n";
let bench: Bench;

beforeEach(async (context) => {
  if (realKernel() === null) {
    const reason =
      "no kernel: run the host suite of images or the e2e suite first, or set BANGER_TEST_KERNEL to a vmlinux";
    console.warn(reason);
    context.skip(reason);
  }
  bench = await Bench.open();
});
afterEach(() => bench?.close());

async function run(end: "poweroff" | "reboot" | "panic") {
  const kernel = await readFile(realKernel() as string);
  const process = await bench.start(kernel, tinyInitramfs(HELLO, end));
  return { exit: await bench.vmm.wait(process), process };
}

describe("a real kernel", () => {
  it("ends its VMM by a power-off", async () => {
    expect((await run("poweroff")).exit).toEqual({ code: 0, signal: null });
    expect(await bench.console(HELLO.trim())).toContain(HELLO.trim());
  });

  it("ends its VMM by a reboot", async () => {
    expect((await run("reboot")).exit).toEqual({ code: 0, signal: null });
  });

  it("ends its VMM by a panic, whose text is on the console", async () => {
    expect((await run("panic")).exit).toEqual({ code: 0, signal: null });
    expect(await bench.console("Kernel panic - not syncing: Attempted to kill init!")).toContain(
      HELLO.trim(),
    );
  });

  it("is killed while it runs", async () => {
    const kernel = await readFile(realKernel() as string);
    const process = await bench.start(kernel, tinyInitramfs(HELLO, "wait"));
    await bench.console(HELLO.trim(), process);
    await bench.vmm.kill(process);
    expect(await bench.processes()).toEqual([]);
  });
});

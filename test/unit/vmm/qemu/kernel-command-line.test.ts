import { describe, expect, it } from "vitest";
import { cpuMhz, kernelCommandLine } from "../../../../src/vmm/qemu/kernel-command-line.ts";

describe("kernelCommandLine", () => {
  it("tells an emulated guest its TSC's frequency, in kHz", () => {
    const words = kernelCommandLine({ accelerator: "tcg", cpuMhz: 2445.43 }).split(" ");
    expect(words).toContain("tsc_early_khz=2445430");
    expect(words).toContain("tsc=reliable");
    expect(words).toEqual(
      expect.arrayContaining(["console=ttyS0", "quiet", "panic=-1", "reboot=t", "rdinit=/init"]),
    );
  });

  it("leaves a hardware guest's clock alone", () => {
    expect(kernelCommandLine({ accelerator: "kvm", cpuMhz: 2445.43 })).not.toContain("tsc");
  });

  it("guesses no frequency", () => {
    expect(kernelCommandLine({ accelerator: "tcg", cpuMhz: null })).not.toContain("tsc_early_khz");
  });
});

describe("cpuMhz", () => {
  it("reads the first CPU", () => {
    expect(cpuMhz("model name\t: X\ncpu MHz\t\t: 2445.430\n\ncpu MHz\t\t: 800.000\n")).toBe(2445.43);
  });

  it("is null where it is not told or not a frequency", () => {
    expect(cpuMhz("BogoMIPS : 50.00\n")).toBeNull();
    expect(cpuMhz("cpu MHz\t\t: 0.000\n")).toBeNull();
  });
});

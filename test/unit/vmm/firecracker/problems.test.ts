import { expect, it } from "vitest";
import { noFirecracker, noKvm, tooManyCpus, tooOld } from "../../../../src/vmm/firecracker/problems.ts";

it("advises another VMM for new VMs alone: one that is there keeps its own (VM-6)", () => {
  const problems = [noFirecracker(null), noKvm("no module"), tooOld("1.0.0", "firecracker"), tooManyCpus(33)];
  for (const problem of problems) expect(problem?.next).toMatch(/set `vmm = "qemu"` for new VMs$/);
});

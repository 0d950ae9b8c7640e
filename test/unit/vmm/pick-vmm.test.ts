import { expect, it } from "vitest";
import type { Problem, Vmm } from "../../../src/domain/ports.ts";
import { pickVmm } from "../../../src/vmm/pick-vmm.ts";

const vmm = (
  kind: "kvm" | "tcg",
  reason: string,
  ...problems: Problem["code"][]
): Pick<Vmm, "accelerator" | "preflight"> => ({
  accelerator: async () => ({ kind, reason }),
  preflight: async () => problems.map((code) => ({ code, message: `${code} here`, next: "" })),
});
const qemu = vmm("tcg", "no KVM");

it("auto is Firecracker where nothing speaks against it", async () => {
  const firecracker = vmm("kvm", "KVM works");
  expect(await pickVmm("auto", { firecracker, qemu })).toEqual({
    kind: "firecracker",
    accelerator: "kvm",
    reason: "KVM works",
  });
});

it.each(["ERR_NO_FIRECRACKER", "ERR_FIRECRACKER_TOO_OLD", "ERR_NO_KVM"] as const)(
  "auto is QEMU with %s, and says so",
  async (code) => {
    expect(await pickVmm("auto", { firecracker: vmm("kvm", "", code), qemu })).toEqual({
      kind: "qemu",
      accelerator: "tcg",
      reason: `${code} here; no KVM`,
    });
  },
);

it("does not take a host without TAPs for one without Firecracker", async () => {
  const firecracker = vmm("kvm", "KVM works", "ERR_NO_TUN");
  expect(await pickVmm("auto", { firecracker, qemu })).toMatchObject({ kind: "firecracker" });
});

it("takes the one that the user named, whatever it lacks", async () => {
  const firecracker = vmm("kvm", "no KVM", "ERR_NO_KVM");
  expect(await pickVmm("firecracker", { firecracker, qemu })).toMatchObject({ kind: "firecracker" });
  expect(await pickVmm("qemu", { firecracker: vmm("kvm", ""), qemu })).toEqual({
    kind: "qemu",
    accelerator: "tcg",
    reason: 'vmm = "qemu"; no KVM',
  });
});

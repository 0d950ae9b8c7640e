import { describe, expect, it } from "vitest";
import { standingOf, tryKvm } from "../../../../src/daemon/doctor/vmm-checks.ts";
import { checkKvm } from "../../../../src/doctor/checks/kvm.ts";
import { checkFirecracker, checkQemu, checkVmm } from "../../../../src/doctor/checks/vmms.ts";
import type { DriverState } from "../../../../src/doctor/probes/kernel-driver.ts";
import { BangerError } from "../../../../src/shared/errors.ts";

const driver = (state: Partial<DriverState> = {}): DriverState => ({
  driver: { node: "/dev/kvm", misc: "kvm", module: "kvm" },
  minor: 232,
  loadable: false,
  node: "right",
  refused: null,
  ...state,
});
describe("KVM", () => {
  const works = { ok: true, reason: "a guest ran" };
  const fails = { ok: false, reason: "/dev/kvm opens, but a guest did not run" };

  it("passes only when a guest ran", () => {
    const state = { driver: driver(), cpu: "vmx", emulates: true } as const;
    expect(checkKvm({ ...state, tried: works })).toMatchObject({ status: "pass", message: "a guest ran" });
    expect(checkKvm({ ...state, tried: fails })).toMatchObject({
      status: "warn",
      message: expect.stringContaining("software emulation"),
    });
  });

  it("promises no emulation where there is no QEMU", () => {
    const state = { driver: driver(), cpu: "vmx", emulates: false } as const;
    expect(checkKvm({ ...state, tried: fails }).message).toMatch(/did not run: no VM runs without it$/);
    expect(checkKvm({ ...state, tried: null }).message).toMatch(/not tried, since there is no VMM/);
  });

  const vmm = (codes: `ERR_${string}`[], kind: "kvm" | "tcg", reason: string) => ({
    preflight: async () => codes.map((code) => ({ code, message: reason, next: "" })),
    accelerator: async () => ({ kind, reason }),
  });
  const noQemu = vmm(["ERR_NO_QEMU"], "tcg", "QEMU is not there");

  it.each([
    ["the Firecracker that is there", noQemu, vmm(["ERR_NO_KVM"], "kvm", "no guest"), false, "no guest"],
    ["one without a TAP", noQemu, vmm(["ERR_NO_TUN"], "kvm", "it ran"), true, "it ran"],
    // Its age is another line's.
    ["an old one", noQemu, vmm(["ERR_FIRECRACKER_TOO_OLD"], "kvm", "it ran"), true, "it ran"],
    ["both", vmm([], "tcg", "a"), vmm(["ERR_NO_KVM"], "kvm", "b"), false, "a; b"],
    ["both, of one mind", vmm([], "tcg", "a"), vmm(["ERR_NO_KVM"], "kvm", "a"), false, "a"],
    ["QEMU", vmm([], "kvm", "it ran"), vmm(["ERR_NO_FIRECRACKER"], "kvm", "none"), true, "it ran"],
  ] as const)("is tried by %s", async (_, qemu, firecracker, ok, reason) => {
    const vmms = new Map([["qemu", qemu] as const, ["firecracker", firecracker] as const]);
    expect(await tryKvm(vmms)).toEqual({ ok, reason });
  });

  it("is not tried where there is no VMM", async () => {
    const none = vmm(["ERR_NO_FIRECRACKER"], "kvm", "Firecracker is not there");
    expect(await tryKvm(new Map([["qemu", noQemu] as const, ["firecracker", none] as const]))).toBeNull();
  });

  it("advises the module of this processor, its firmware, or the node", () => {
    const absent = driver({ minor: null, loadable: true, node: "missing" });
    expect(checkKvm({ driver: absent, tried: null, cpu: "vmx", emulates: true }).command).toBe(
      "modprobe kvm_intel",
    );
    expect(checkKvm({ driver: absent, tried: null, cpu: "svm", emulates: true }).command).toBe(
      "modprobe kvm_amd",
    );
    expect(checkKvm({ driver: absent, tried: null, cpu: null, emulates: true }).next).toContain("firmware");
    const hidden = driver({ node: "missing" });
    expect(checkKvm({ driver: hidden, tried: null, cpu: "svm", emulates: true }).command).toContain(
      "mknod -m 600 /dev/kvm c 10 232",
    );
    const closed = driver({ refused: "EACCES" });
    expect(checkKvm({ driver: closed, tried: null, cpu: "svm", emulates: true }).next).toContain("root");
  });
});

describe("VMMs", () => {
  const state = {
    ...{ program: "/bin/firecracker", version: "1.17.0", problems: [], isNeeded: false },
    ...({ standing: "tested", oldest: "1.16.1", tested: "1.17.0" } as const),
  };

  it.each([
    ["tested", "pass"],
    ["too-old", "warn"],
    ["newer", "warn"],
  ] as const)("a Firecracker that is %s: %s", (standing, status) => {
    expect(checkFirecracker({ ...state, standing }, true).status).toBe(status);
  });

  it.each([
    ["1.16.0", "too-old"],
    ["1.9.9", "too-old"],
    ["1.16.1", "tested"],
    ["1.17.3", "tested"],
    ["1.18.0", "newer"],
    ["2.0.0", "newer"],
    [null, null],
  ] as const)("%s is %s", (version, standing) => {
    expect(standingOf(version)).toBe(standing);
  });

  it("one that is needed and too old, not there, or does not run, fails", () => {
    expect(checkFirecracker({ ...state, standing: "too-old", isNeeded: true }, true)).toMatchObject({
      status: "fail",
      message: expect.stringContaining("too old"),
      next: expect.stringContaining("1.16.1 or later"),
    });
    expect(checkFirecracker({ ...state, program: null, isNeeded: true }, true).status).toBe("fail");
    expect(checkFirecracker({ ...state, version: null, standing: null }, true).status).toBe("warn");
    const problems = [{ code: "ERR_NO_KVM", message: "no KVM", next: "get one" }] as const;
    expect(checkFirecracker({ ...state, problems, isNeeded: true }, false)).toMatchObject({
      status: "fail",
      next: "get one",
    });
    expect(checkFirecracker({ ...state, problems }, false).status).toBe("pass");
  });

  it("none is missed without KVM", () => {
    expect(checkFirecracker({ ...state, program: null }, false).status).toBe("pass");
    expect(checkFirecracker({ ...state, program: null }, true).status).toBe("warn");
  });

  it("a QEMU that lacks something is a failure only where nothing else serves", () => {
    const problems = [{ code: "ERR_NO_QEMU", message: "QEMU is not there", next: "install it" }] as const;
    const qemu = { program: null, version: null, problems, isNeeded: true };
    expect(checkQemu(qemu)).toMatchObject({ status: "fail", next: "install it" });
    expect(checkQemu({ ...qemu, isNeeded: false }).status).toBe("warn");
    expect(checkQemu({ ...qemu, program: "/bin/qemu", version: "7.2.0", problems: [] }).status).toBe("pass");
  });

  it("tells which is picked, or why none is", async () => {
    const pick = async () => ({ kind: "qemu", reason: "no KVM" });
    expect(await checkVmm("auto", pick)).toMatchObject({
      status: "pass",
      message: expect.stringContaining("no KVM"),
    });
    const none = () => Promise.reject(new BangerError("ERR_NONE", "none works", { next: "get one" }));
    expect(await checkVmm("auto", none)).toMatchObject({ status: "fail", next: "get one" });
  });
});

import { describe, expect, it } from "vitest";
import { qemuArguments } from "../../../../src/vmm/qemu/command-line.ts";

const machine = {
  vmId: "0123456789abcdef0123456789abcdef",
  name: "brave-otter",
  vcpu: 2,
  memoryMib: 512,
  mac: "02:62:67:00:00:01",
  accelerator: "tcg",
  kernelCommandLine: "console=ttyS0",
  disks: {
    root: { path: "/s/root.img", kind: "file", readOnly: false },
    work: { path: "/s/work.img", kind: "file", readOnly: false },
    config: { path: "/s/config.tar", kind: "file", readOnly: true },
    upper: null,
  },
} as const;

/** The values of one option, in order. */
function values(argv: string[], option: string): string[] {
  return argv.flatMap((word, index) => (word === option ? [argv[index + 1] ?? ""] : []));
}

describe("qemuArguments", () => {
  const argv = qemuArguments(machine);

  it("names the VM's id, by which a stray is found (ST-5)", () => {
    expect(values(argv, "-name")).toEqual(["guest=brave-otter.0123456789abcdef0123456789abcdef"]);
  });

  it("gives disks their serials, the config disk read-only (GST-2)", () => {
    const serials = values(argv, "-device").flatMap((device) => /serial=([a-z-]+)/.exec(device)?.[1] ?? []);
    expect(serials).toEqual(["banger-root", "banger-work", "banger-config"]);
    const readOnly = values(argv, "-blockdev").map((blockdev) => blockdev.includes("read-only=on"));
    expect(readOnly).toEqual([false, false, true]);
  });

  it("gives a shared root read-only with the upper disk last, and a block device by its own driver (DSK-1, DSK-2)", () => {
    const root = { path: "/dev/dm-3", kind: "device", readOnly: true } as const;
    const upper = { path: "/s/root.img", kind: "file", readOnly: false } as const;
    const argv = qemuArguments({ ...machine, disks: { ...machine.disks, root, upper } });
    const disks = values(argv, "-blockdev").map(
      (blockdev) => /file.driver=(\w+),file.filename=([^,]+)/.exec(blockdev)?.slice(1) ?? [],
    );
    expect(disks).toEqual([
      ["host_device", "/root.img"],
      ["file", "/work.img"],
      ["file", "/config.img"],
      ["file", "/upper.img"],
    ]);
    expect(values(argv, "-device")).toContain(
      "virtio-blk-device,drive=upper,serial=banger-upper,werror=report",
    );
  });

  it("never ignores a guest's flush (VM-8)", () => {
    expect(argv.join(" ")).not.toMatch(/no-flush|cache=unsafe/);
  });

  it("confines QEMU (VMM-2) and takes nothing from the host's configuration", () => {
    expect(values(argv, "-sandbox")).toEqual([
      "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    ]);
    expect(argv).toEqual(expect.arrayContaining(["-nodefaults", "-no-user-config", "-no-reboot"]));
  });

  it("holds the guest until its console is read, and for nothing else", () => {
    const waits = values(argv, "-chardev").map((chardev) => chardev.endsWith("wait=on"));
    expect(waits).toEqual([true, false, false]);
  });

  it("takes the accelerator with its CPU", () => {
    expect(values(argv, "-cpu")).toEqual(["max,-erms"]);
    const kvm = qemuArguments({ ...machine, accelerator: "kvm" });
    expect([values(kvm, "-accel"), values(kvm, "-cpu")]).toEqual([["kvm"], ["host"]]);
  });
});

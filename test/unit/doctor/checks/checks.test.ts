import { describe, expect, it } from "vitest";
import { checkAddon } from "../../../../src/doctor/checks/addon.ts";
import { checkArchitecture } from "../../../../src/doctor/checks/architecture.ts";
import { checkCgroup } from "../../../../src/doctor/checks/cgroup.ts";
import { checkDeviceMapper } from "../../../../src/doctor/checks/device-mapper.ts";
import { checkArtifact } from "../../../../src/doctor/checks/image.ts";
import { checkConnections } from "../../../../src/doctor/checks/network.ts";
import { checkSnapshots } from "../../../../src/doctor/checks/snapshots.ts";
import { checkSpace } from "../../../../src/doctor/checks/space.ts";
import type { DriverState } from "../../../../src/doctor/probes/kernel-driver.ts";
import { rootDiskTrouble } from "../../../../src/domain/root-disk.ts";
import { GIB, MIB } from "../../../../src/shared/size.ts";

const driver = (state: Partial<DriverState> = {}): DriverState => ({
  driver: { node: "/dev/kvm", misc: "kvm", module: "kvm" },
  minor: 232,
  loadable: false,
  node: "right",
  refused: null,
  ...state,
});
const build = { version: "1.0.0", commit: "abc", time: "" };

describe("architecture and addon", () => {
  it("other processors have no VMs yet", () => {
    expect(checkArchitecture("x64", "6.1").status).toBe("pass");
    expect(checkArchitecture("arm64", "6.1")).toMatchObject({ status: "fail" });
  });

  it("an addon of another build is worth a word", () => {
    expect(checkAddon(() => build, build).status).toBe("pass");
    expect(checkAddon(() => ({ ...build, commit: "old" }), build)).toMatchObject({
      status: "warn",
      message: expect.stringContaining("1.0.0+old, not 1.0.0+abc"),
    });
  });
});

describe("device-mapper", () => {
  it("is a failure only where dm-snapshot is asked for", () => {
    const absent = driver({ minor: null, node: "missing" });
    expect(checkDeviceMapper(absent, null, false)).toMatchObject({
      status: "warn",
      next: expect.any(String),
    });
    expect(checkDeviceMapper(absent, null, true).status).toBe("fail");
  });

  it("advises what may mend it: no module where the kernel has looked for that in vain", () => {
    const tried = (ok: boolean, hasTargets: boolean) =>
      checkDeviceMapper(driver(), { ok, reason: "so it is", hasTargets }, false);
    expect(tried(true, true).status).toBe("pass");
    expect(tried(false, false)).toMatchObject({
      next: expect.stringMatching(/^boot a kernel/),
      command: null,
    });
    expect(tried(false, true)).toMatchObject({ next: expect.stringContaining("`loop`"), command: null });
    expect(checkDeviceMapper(driver({ minor: null, loadable: true }), null, false).status).toBe("pass");
  });
});

describe("root disks that fill up (DSK-3)", () => {
  const disk = {
    name: "web",
    usedBytes: GIB,
    totalBytes: 8 * GIB,
    room: "snapshot" as const,
    invalid: false,
    full: false,
    hostFreeBytes: 100 * GIB,
  };

  it.each([
    [{}, "pass"],
    [{ usedBytes: 7 * GIB }, "warn"],
    [{ full: true }, "warn"],
    // Enough for doctor once, and a warning in `vm stats`: both go by the same bounds.
    [{ hostFreeBytes: 512 * MIB }, "warn"],
    [{ usedBytes: 0, totalBytes: 100 * MIB, hostFreeBytes: 200 * MIB }, "pass"],
    [{ invalid: true }, "fail"],
  ] as const)("%j: %s", (state, status) => {
    const others = { ...disk, ...state, name: "db" };
    expect(checkSnapshots([disk, others]).status).toBe(status);
    expect(rootDiskTrouble(others) === null).toBe(status === "pass");
  });

  it("names them, what is wrong with each, and what mends it", () => {
    expect(checkSnapshots([{ ...disk, invalid: true }])).toMatchObject({
      command: "banger vm rm -f web",
      details: [expect.stringMatching(/^web: 1G of 8G used; its changes are lost/)],
    });
    const two = [
      { ...disk, hostFreeBytes: MIB },
      { ...disk, name: "db", full: true },
    ];
    expect(checkSnapshots(two)).toMatchObject({
      message: expect.stringMatching(/: web db$/),
      next: expect.stringMatching(/^free space .*, for web; make anew .*: db$/),
    });
  });
});

describe("cgroups", () => {
  const line = (options: string) => `30 23 0:26 / /sys/fs/cgroup ${options} shared:4 - cgroup2 cgroup2 rw\n`;

  it.each([
    ["", "not mounted"],
    [line("ro,nosuid"), "read-only"],
    [line("rw") + line("ro"), "read-only"],
    [line("rw,nosuid"), "lacks the controllers"],
  ])("%j: %s", (mountinfo, text) => {
    expect(checkCgroup(null, mountinfo, 0)).toMatchObject({
      status: "warn",
      message: expect.stringContaining(text),
    });
  });
});

describe("space and images", () => {
  it("warns before it fails", () => {
    const of = (free: number) => checkSpace("/s", { free, total: 100 * GIB }).status;
    expect([of(50 * GIB), of(2 * GIB), of(GIB / 2)]).toEqual(["pass", "warn", "fail"]);
  });

  it("sees an image that nobody has, and a kernel whose files are gone", () => {
    const state = { name: "x", local: false, lost: [], inCatalog: false, lacking: [], remove: null };
    expect(checkArtifact("image", state)).toMatchObject({
      status: "fail",
      next: expect.stringContaining("banger image list --available"),
    });
    const gone = { ...state, local: true, lost: ["/k/vmlinux"], remove: "rm -r /k" };
    expect(checkArtifact("kernel", gone)).toMatchObject({ status: "fail", command: "rm -r /k" });
  });
});

describe("connections that are tracked (NET-3)", () => {
  it.each([
    [{ entries: 12, most: 262_144 }, "pass", "12 of 262144 connections are tracked", null],
    [{ entries: 12, most: null }, "pass", "12 connections are tracked", null],
    [{ entries: 900, most: 1000 }, "warn", "900 of 1000", "sysctl -w net.netfilter.nf_conntrack_max=2000"],
    [null, "warn", "the next one at its address", "modprobe nf_conntrack_netlink"],
  ])("%j: %s", (usage, status, message, command) => {
    expect(checkConnections(usage)).toMatchObject({
      status,
      message: expect.stringContaining(message),
      command,
    });
  });
});

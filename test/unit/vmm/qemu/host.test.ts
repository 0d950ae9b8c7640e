import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findQemu, noQemu, qemuFinder } from "../../../../src/vmm/qemu/host.ts";
import { qemuJail } from "../../../../src/vmm/qemu/jail.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "qemu-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe("findQemu", () => {
  it("takes the first on PATH that can be executed, links resolved", async () => {
    const [bad, good, real] = ["bad", "good", "real"].map((name) => path.join(directory, name));
    await writeFile(real as string, "", { mode: 0o755 });
    await mkdir(bad as string);
    await mkdir(good as string);
    await writeFile(`${bad}/qemu-system-x86_64`, "", { mode: 0o644 });
    await chmod(`${bad}/qemu-system-x86_64`, 0o644);
    await symlink(real as string, `${good}/qemu-system-x86_64`);
    expect(await findQemu(null, `relative:${bad}:${good}`)).toBe(real);
  });

  it("asked again and again, stays with what it found until that is gone, and looks anew then", async () => {
    const [first, second] = ["first", "second"].map((name) => path.join(directory, name));
    const put = async (at?: string) => {
      await mkdir(at as string, { recursive: true });
      await writeFile(`${at}/qemu-system-x86_64`, "", { mode: 0o755 });
      return `${at}/qemu-system-x86_64`;
    };
    const find = qemuFinder(null, `${first}:${second}`);
    expect(await find()).toBeNull();
    const behind = await put(second);
    expect(await find()).toBe(behind);
    const before = await put(first);
    expect(await find()).toBe(behind);
    await rm(behind);
    expect(await find()).toBe(before);
    await rm(before);
    expect(await find()).toBeNull();
  });

  it("does not fall back from a configured program", async () => {
    const configured = path.join(directory, "none");
    expect(await findQemu(configured, "/usr/bin")).toBeNull();
    expect(noQemu(configured)).toMatchObject({
      code: "ERR_NO_QEMU",
      message: expect.stringContaining(configured),
    });
  });

  it("says what to install", () => {
    expect(noQemu(null).next).toContain("qemu-system-x86");
  });
});

describe("qemuJail", () => {
  const files = {
    kernel: "/s/vmlinux",
    initramfs: "/s/initramfs",
    disks: {
      root: { path: "/dev/dm-3", kind: "device", readOnly: false },
      work: { path: "/s/work.img", kind: "file", readOnly: false },
      config: { path: "/s/config.tar", kind: "file", readOnly: true },
      upper: null,
    },
    runtime: "/run/banger/0/vms/x",
  } as const;
  const jail = (program: string, accelerator: "kvm" | "tcg") => qemuJail({ ...files, program, accelerator });

  it("lets QEMU write its disks and its sockets, and no other file", () => {
    const writable = jail("/usr/bin/qemu-system-x86_64", "tcg").filter(
      (mount) => mount.kind === "bind" && !mount.readOnly,
    );
    expect(writable.map((mount) => mount.target)).toEqual(["/work.img", "/run"]);
  });

  it("reaches a block device by a node of its own, of its disk's name", () => {
    const mounts = jail("/usr/bin/qemu-system-x86_64", "tcg");
    expect(mounts).toContainEqual({ kind: "device", source: "/dev/dm-3", target: "/root.img" });
  });

  it("has /dev/kvm only where it is used, and a QEMU of one's own with its firmware", () => {
    const targets = (program: string, kind: "kvm" | "tcg") =>
      jail(program, kind).map((mount) => mount.target);
    expect(targets("/usr/bin/q", "tcg")).not.toContain("/dev/kvm");
    expect(targets("/usr/bin/q", "kvm")).toContain("/dev/kvm");
    expect(targets("/opt/qemu/bin/q", "tcg")).toContain("/opt/qemu");
  });
});

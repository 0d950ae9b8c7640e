import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VmHandles, VmPaths, VmRecord } from "../../../../src/domain/vm.ts";
import { ConfigDisk } from "../../../../src/guest/config/config-disk.ts";
import { HostKeys } from "../../../../src/guest/config/host-keys.ts";
import type { HostOps } from "../../../../src/host/host-ops.ts";
import { openLinuxHostOps } from "../../../../src/host/linux/index.ts";

const UID = 700_125;
let host: HostOps;
let directory: string;
let disk: ConfigDisk;

const vm = {
  id: "0123456789abcdef0123456789abcdef",
  name: "brave-otter",
  address: "172.30.0.2",
  spec: { storage: "overlay" },
} as VmRecord;
const network = { gateway: "172.30.0.1", mac: "02:62:67:00:00:01", resolver: "172.30.0.1" };

function input(bootToken: string) {
  const paths = {
    configDisk: path.join(directory, "config.tar"),
    hostKey: path.join(directory, "host_key"),
  } as VmPaths;
  return { vm, paths, handles: { bootToken, uid: UID } as VmHandles, ...network };
}

const AT_ONCE = Promise.resolve();

beforeEach(async () => {
  host = openLinuxHostOps();
  directory = await mkdtemp(path.join(tmpdir(), "bgr-config-"));
  disk = new ConfigDisk({
    hostOps: host,
    hostKeys: new HostKeys(),
    userPublicKey: async () => "ssh-ed25519 AAAA me",
    gitIdentity: async () => ({ name: "Ada", email: "ada@example.org" }),
    fileSync: [{ host: path.join(directory, "notes"), guest: "/root/notes", mode: null }],
    now: () => new Date(1_790_000_000_000),
  });
});
afterEach(async () => {
  await host.close();
  await rm(directory, { recursive: true });
});

describe("ConfigDisk", () => {
  it("is the VMM's to read and nobody's to write", async () => {
    await disk.write(input("ab".repeat(16)), AT_ONCE).written;
    const { uid, gid, mode, size } = await stat(path.join(directory, "config.tar"));
    expect([uid, gid, mode & 0o777, size % 512]).toEqual([UID, UID, 0o400, 0]);
    expect((await readdir(directory)).sort()).toEqual(["config.tar", "host_key"]);
  });

  it("is there before it is written, as the file that it stays: a VMM may have it in its jail by then", async () => {
    const begin = Promise.withResolvers<void>();
    const { made, written } = disk.write(input("ab".repeat(16)), begin.promise);
    await made;
    const first = await stat(path.join(directory, "config.tar"));
    expect([first.uid, first.mode & 0o777, first.size]).toEqual([0, 0o400, 0]);
    expect(await readdir(directory)).toEqual(["config.tar"]);
    begin.resolve();
    await written;
    const last = await stat(path.join(directory, "config.tar"));
    expect([last.ino, last.uid, last.size > 0]).toEqual([first.ino, UID, true]);
  });

  it("cannot be made where its directory is gone, and is not written there", async () => {
    const paths = { ...input("").paths, configDisk: path.join(directory, "gone/config.tar") };
    const { made, written } = disk.write({ ...input("ab".repeat(16)), paths }, AT_ONCE);
    await expect(made).rejects.toMatchObject({ code: "ENOENT" });
    await expect(written).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is a tar that tar reads, with keys that OpenSSH reads", async () => {
    await disk.write(input("ab".repeat(16)), AT_ONCE).written;
    execFileSync("tar", ["-xf", "config.tar", "--no-same-owner"], { cwd: directory });
    const etc = path.join(directory, "files/etc/ssh");
    const derived = execFileSync("ssh-keygen", ["-yf", path.join(etc, "ssh_host_ed25519_key")], {
      encoding: "utf8",
    });
    expect(derived.trim()).toBe((await readFile(path.join(etc, "ssh_host_ed25519_key.pub"), "utf8")).trim());
    expect(derived).toContain("brave-otter");
    const manifest = JSON.parse(await readFile(path.join(directory, "banger/config.json"), "utf8"));
    expect(manifest.clock).toEqual({ unixNanoseconds: "1790000000000000000" });
  });

  it("delivers the host's git identity and synced files, and tells what it could not (GST-5, CFG-3)", async () => {
    expect(await disk.write(input("ab".repeat(16)), AT_ONCE).written).toEqual([
      expect.stringContaining("notes is not there"),
    ]);
    await writeFile(path.join(directory, "notes"), "remember\n");
    expect(await disk.write(input("cd".repeat(16)), AT_ONCE).written).toEqual([]);
    execFileSync("tar", ["-xf", "config.tar", "--no-same-owner"], { cwd: directory });
    const root = path.join(directory, "files/root");
    expect(await readFile(path.join(root, "notes"), "utf8")).toBe("remember\n");
    const email = execFileSync("git", ["config", "-f", path.join(root, ".gitconfig"), "user.email"]);
    expect(email.toString()).toBe("ada@example.org\n");
  });

  it("is written anew at each start, over what a crash left; the host key stays (GST-3)", async () => {
    await disk.write(input("ab".repeat(16)), AT_ONCE).written;
    const [before, key] = await Promise.all(
      ["config.tar", "host_key"].map((name) => readFile(path.join(directory, name))),
    );
    await writeFile(path.join(directory, "config.tar"), "half", { mode: 0o644 });
    await disk.write(input("cd".repeat(16)), AT_ONCE).written;
    const after = await readFile(path.join(directory, "config.tar"));
    expect((await stat(path.join(directory, "config.tar"))).mode & 0o777).toBe(0o400);
    expect(after.equals(before as Buffer)).toBe(false);
    expect(after.includes("cd".repeat(16))).toBe(true);
    expect((await readFile(path.join(directory, "host_key"))).equals(key as Buffer)).toBe(true);
    expect((await readdir(directory)).sort()).toEqual(["config.tar", "host_key"]);
  });

  it("leaves nothing half where there is no space", async () => {
    const small = path.join(directory, "small");
    await mkdir(small);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", small]);
    try {
      const paths = { ...input("").paths, configDisk: path.join(small, "config.tar") };
      const { made, written } = disk.write({ ...input("ab".repeat(16)), paths }, AT_ONCE);
      await made;
      await expect(written).rejects.toMatchObject({ code: "ERR_NO_SPACE" });
      expect(await readdir(small)).toEqual([]);
    } finally {
      execFileSync("umount", [small]);
    }
  });
});

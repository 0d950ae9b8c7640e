import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync, statSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type AssemblyProgress, readImageManifest, readKernelManifest } from "../../../src/images/index.ts";
import { assembled } from "./assembled.ts";

let image: string;
let kernel: string;
let reports: AssemblyProgress[];
beforeAll(async () => {
  ({ image, kernel, reports } = await assembled());
});

/** Reads the finished filesystem without mounting it: debugfs(8) on the image that we have just made ourselves. */
function debugfs(file: string, request: string): string {
  return execFileSync("debugfs", ["-R", request, join(image, file)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

test.each(["rootfs.ext4", "work-seed.ext4"])("%s is a sound filesystem", (file) => {
  const check = spawnSync("e2fsck", ["-fn", join(image, file)], { encoding: "utf8" });
  expect(check.stdout + check.stderr).not.toMatch(/fix|clear\?/i);
  expect(check.status).toBe(0);
});

test.each(["rootfs.ext4", "work-seed.ext4"])(
  "%s has room for descriptors to grow, and leaves nothing to initialise",
  (file) => {
    const dump = execFileSync("dumpe2fs", [join(image, file)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const groups = dump.match(/^Group \d+:.*$/gm) ?? [];
    expect(groups.length).toBeGreaterThan(3);
    // Every inode table counts as zeroed, so the guest's ext4lazyinit thread finds nothing to write.
    for (const group of groups) expect(group).toContain("ITABLE_ZEROED");
    expect(dump).toMatch(/^Reserved block count: +0$/m);
    expect(dump).toMatch(/Reserved GDT blocks at 2-8$/m);
  },
);

test.each([
  ["rootfs.ext4", 300],
  ["work-seed.ext4", 4],
])("%s holds its data in few extents, and holes for the rest", (file, mebibytes) => {
  const path = join(image, file);
  expect(statSync(path).blocks * 512).toBeLessThan(mebibytes * 1024 * 1024);
  const extents = /(\d+) extents? found/.exec(execFileSync("filefrag", [path], { encoding: "utf8" }))?.[1];
  expect(Number(extents)).toBeLessThan(100);
});

test("at least 512 MiB of the root are free", () => {
  const dump = debugfs("rootfs.ext4", "stats -h");
  expect(Number(/^Free blocks: +(\d+)$/m.exec(dump)?.[1]) * 4096).toBeGreaterThanOrEqual(512 * 1024 * 1024);
});

test("the root has no identity of its own and nothing of this host", () => {
  expect(debugfs("rootfs.ext4", "cat /etc/machine-id")).toBe("");
  expect(debugfs("rootfs.ext4", "ls /etc/ssh")).not.toContain("ssh_host_");
  expect(debugfs("rootfs.ext4", "stat /etc/resolv.conf")).toContain("Type: regular");
  expect(debugfs("rootfs.ext4", "cat /etc/resolv.conf")).not.toContain("nameserver");
  expect(debugfs("rootfs.ext4", "stat /etc/hostname")).toBe("");
  expect(debugfs("rootfs.ext4", "cat /etc/shadow")).toMatch(/^root:\*:/m);
  expect(debugfs("rootfs.ext4", "ls /usr/share/man")).not.toContain("man1");
  expect(debugfs("rootfs.ext4", "ls /var/cache/apt/archives")).not.toContain(".deb");
  expect(debugfs("rootfs.ext4", "stat /root")).toMatch(/Mode: +0755 .*[\s\S]*User: +0 +Group: +0/);
  expect(debugfs("rootfs.ext4", "stat /etc/systemd/system/multi-user.target.wants/ssh.service")).toContain(
    "symlink",
  );
  expect(debugfs("rootfs.ext4", "ls /etc/systemd/system/timers.target.wants")).not.toContain("apt-daily");
});

test("modes do not depend on the umask of who assembled it", () => {
  for (const path of ["/", "/var", "/var/cache", "/var/cache/apt/archives", "/etc", "/usr/lib/systemd"]) {
    expect(debugfs("rootfs.ext4", `stat ${path}`), path).toMatch(/Mode: +0755/);
  }
  expect(debugfs("rootfs.ext4", "stat /etc/resolv.conf")).toMatch(/Mode: +0644/);
  for (const name of ["rootfs.ext4", "work-seed.ext4"])
    expect(statSync(join(image, name)).mode & 0o777).toBe(0o644);
});

test("the seed is root's home, and root's", () => {
  expect(debugfs("work-seed.ext4", "ls /")).toMatch(/\.bashrc[\s\S]*\.profile/);
  expect(debugfs("work-seed.ext4", "stat /")).toMatch(/Mode: +0755[\s\S]*User: +0 +Group: +0/);
  expect(debugfs("work-seed.ext4", "stat /.bashrc")).toMatch(/User: +0 +Group: +0/);
});

test("the image's directory holds its three files, and its manifest tells the truth", async () => {
  expect((await readdir(image)).sort()).toEqual(["manifest.json", "rootfs.ext4", "work-seed.ext4"]);
  const manifest = await readImageManifest(image);
  expect(manifest.rootfsBytes).toBe((await stat(join(image, "rootfs.ext4"))).size);
  expect(manifest.seedBytes).toBe((await stat(join(image, "work-seed.ext4"))).size);
  expect(manifest.rootfsSha256).toBe(sha256(join(image, "rootfs.ext4")));
  expect(manifest.packages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["systemd", "git", "openssh-server", "curl"]),
  );
});

test("the kernel's directory holds an ELF file, modules, and a manifest that tells the truth", async () => {
  expect((await readdir(kernel)).sort()).toEqual(["manifest.json", "modules.cpio", "vmlinux"]);
  const manifest = await readKernelManifest(kernel);
  const vmlinux = await readFile(join(kernel, "vmlinux"));
  expect(manifest.sha256).toBe(createHash("sha256").update(vmlinux).digest("hex"));
  expect(vmlinux.includes(`Linux version ${manifest.version} `)).toBe(true);
  const listing = execFileSync("cpio", ["--list", "--quiet"], {
    input: await readFile(join(kernel, "modules.cpio")),
    encoding: "utf8",
  });
  expect(listing.split("\n")).toEqual(
    expect.arrayContaining(["modules/order", "modules/virtio_blk.ko", "modules/overlay.ko"]),
  );
});

test("what takes long reports steps, and bytes that never pass their total", () => {
  const steps = new Set(reports.map(({ step }) => step));
  for (const step of ["reading the archive's package lists", "downloading packages", "installing packages"])
    expect(steps).toContain(step);
  for (const { doneBytes = 0, totalBytes = 0 } of reports) expect(doneBytes).toBeLessThanOrEqual(totalBytes);
});

test("nothing of an assembly is mounted or running", async () => {
  expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain("test-images");
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) expect(rootOf(pid)).not.toContain("test-images");
});

function rootOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/root`);
  } catch {
    return ""; // It ended meanwhile.
  }
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

import {
  access,
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "../../shared/errors.ts";
import type { AssemblyContext } from "../context.ts";
import { runTool } from "../tool.ts";

const NOTE = "# Part of banger's image: made for a virtual machine that lives for minutes to weeks.\n";

/** Paths that no package unpacks. In the image too, as a file of its own: who wants manuals in a VM deletes it. */
export const DPKG_OPTIONS = [
  "path-exclude=/usr/share/doc/*",
  // Licences stay with what they license.
  "path-include=/usr/share/doc/*/copyright",
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/info/*",
  "path-exclude=/usr/share/locale/*",
  "path-exclude=/usr/share/lintian/*",
  "path-exclude=/usr/share/gitweb/*",
];

/** Units that Debian's packages enable and a throw-away machine without screen, udev and cron does better without. */
const DISABLED_UNITS = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "getty@tty1.service",
  "remote-fs.target",
  "systemd-pstore.service",
];

/**
 * Units that others pull in statically: only a mask keeps them from starting. Measured under emulation, where each process that
 * systemd starts costs some 50 ms of boot: mounts that few programs use, bookkeeping of a login machine, a journal on
 * disk that is not kept, and modules, which come with the kernel's initramfs and not with the image.
 */
const MASKED_UNITS = [
  "dev-hugepages.mount",
  "dev-mqueue.mount",
  "getty-static.service",
  "modprobe@.service",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "systemd-journal-flush.service",
  "systemd-journald-audit.socket",
  "systemd-modules-load.service",
  "systemd-networkd-wait-online.service",
  "systemd-random-seed.service",
  "systemd-remount-fs.service",
  "systemd-update-utmp-runlevel.service",
  "systemd-update-utmp.service",
];

/** Generators that look for what this machine cannot have; each costs a process at every boot. */
const MASKED_GENERATORS = [
  "systemd-cryptsetup-generator",
  "systemd-getty-generator",
  "systemd-gpt-auto-generator",
  "systemd-hibernate-resume-generator",
  "systemd-integritysetup-generator",
  "systemd-veritysetup-generator",
];

const FILES: Readonly<Record<string, string>> = {
  "usr/lib/systemd/system-preset/10-banger.preset": `${NOTE}${DISABLED_UNITS.map((unit) => `disable ${unit}\n`).join("")}`,
  "usr/lib/systemd/journald.conf.d/10-banger.conf": `${NOTE}[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\nAudit=no\n`,
  "usr/lib/systemd/system.conf.d/10-banger.conf": `${NOTE}[Manager]\nShowStatus=no\nDefaultTimeoutStopSec=10s\n`,
  // The resolver and the machine's id are delivered at every start.
  "etc/resolv.conf": "# Written at every start of the VM.\n",
  "etc/machine-id": "",
  "etc/motd": "",
  "etc/dpkg/dpkg.cfg.d/banger-no-docs": `# Delete this file to get manuals with the packages that you install.\n${DPKG_OPTIONS.join("\n")}\n`,
};

/** What mmdebstrap or packages' scripts leave that must not be the same in every VM, or is of this host. */
const REMOVED = [
  // Mounting is banger-init's.
  "etc/fstab",
  "etc/apt/apt.conf.d/99mmdebstrap",
  "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
  "etc/hostname",
  "etc/update-motd.d/10-uname",
  "var/cache/apt/pkgcache.bin",
  "var/cache/apt/srcpkgcache.bin",
  "var/cache/debconf/templates.dat-old",
  "var/cache/debconf/config.dat-old",
  "var/lib/dpkg/status-old",
];

/**
 * Makes a bootstrapped Debian root the root of an image: no identity of its own (machine id, host name, SSH host keys),
 * quiet, and without services that a VM of this kind has no use for. root's password stays locked, as Debian leaves it.
 */
export async function prepareRoot(root: string, context: AssemblyContext): Promise<void> {
  for (const path of REMOVED) await rm(join(root, path), { force: true });
  // The guest mounts a devtmpfs there.
  for (const name of await readdir(join(root, "dev"))) await rm(join(root, "dev", name), { recursive: true });
  for (const name of await readdir(join(root, "etc/ssh")).catch(() => [])) {
    if (name.startsWith("ssh_host_")) await rm(join(root, "etc/ssh", name));
  }
  for (const [path, text] of Object.entries(FILES)) await replace(join(root, path), text);
  for (const unit of MASKED_UNITS) await replaceLink(join(root, "etc/systemd/system", unit), "/dev/null");
  for (const name of MASKED_GENERATORS)
    await replaceLink(join(root, "etc/systemd/system-generators", name), "/dev/null");
  await replaceLink(join(root, "etc/systemd/system/default.target"), "/lib/systemd/system/multi-user.target");
  await chmod(join(root, "root"), 0o755);
  await markUpdated(root);
  // In the tree's own systemctl: the host may have none, or another's.
  const inTree = { signal: context.signal, logFile: context.logFile, contained: true };
  // vim-tiny brings only vi; whoever installs vim gets that, by its higher priority.
  if (await exists(join(root, "usr/bin/vim.tiny"))) {
    await runTool(
      "chroot",
      [root, "update-alternatives", "--install", "/usr/bin/vim", "vim", "/usr/bin/vim.tiny", "10"],
      inTree,
    );
  }
  const units = await asyncFilter(DISABLED_UNITS, (unit) => exists(unitFile(root, unit)));
  await runTool("chroot", [root, "systemctl", "preset", ...units], inTree);
}

/** Every installed package with its version, from dpkg's status file. */
export async function installedPackages(root: string): Promise<{ name: string; version: string }[]> {
  const status = await readFile(join(root, "var/lib/dpkg/status"), "utf8");
  return status.split("\n\n").flatMap((paragraph) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1];
    const [name, version] = [field("Package"), field("Version")];
    return name && version && field("Status") === "install ok installed" ? [{ name, version }] : [];
  });
}

/** Where a package puts a unit; `getty@tty1.service` is an instance of `getty@.service`. */
function unitFile(root: string, unit: string): string {
  return join(root, "usr/lib/systemd/system", unit.replace(/@.*\./, "@."));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function asyncFilter<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(keep));
  return items.filter((_, index) => kept[index]);
}

/** A file of its own (never through a symlink, which /etc/resolv.conf may be), world-readable whatever our umask. */
async function replace(path: string, text: string): Promise<void> {
  await makeDirectory(dirname(path));
  await rm(path, { force: true });
  await writeFile(path, text, { flag: "wx" });
  await chmod(path, 0o644);
}

async function replaceLink(path: string, target: string): Promise<void> {
  await makeDirectory(dirname(path));
  await rm(path, { force: true });
  await symlink(target, path);
}

/** As systemd-update-done(8) does after its updates: /etc and /var are not older than /usr, so no boot has to look. */
async function markUpdated(root: string): Promise<void> {
  const { mtime } = await stat(join(root, "usr"));
  for (const directory of ["etc", "var"]) {
    const path = join(root, directory, ".updated");
    await replace(path, `TIMESTAMP_NSEC=${BigInt(mtime.getTime()) * 1_000_000n}\n`);
    await utimes(path, mtime, mtime);
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
    await chmod(path, 0o755);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

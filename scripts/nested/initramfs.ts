import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { LabKernel } from "./kernel.ts";

/** What the machine needs to start, and what the tests expect of its kernel. Their dependencies come by themselves. */
const MODULES = [
  "virtio_pci virtio_blk virtio_console virtio_rng 9pnet_virtio 9p overlay ext4 xfs btrfs",
  "loop dm_mod dm_snapshot dm_zero tun dummy bridge veth vhost_net vhost_vsock kvm_amd",
  "nf_tables nft_chain_nat nft_masq nft_ct nft_fib nft_fib_inet nft_compat nft_limit nft_log nft_nat nft_redir",
  "nft_reject_inet nft_connlimit nf_conntrack nf_conntrack_netlink xt_MASQUERADE ip_tables iptable_filter iptable_nat br_netfilter",
].flatMap((line) => line.split(" "));

/** The initramfs for this kernel, made once: busybox, `init.sh`, and the modules in the order in which they load. */
export function labInitramfs(cache: string, kernel: LabKernel): string {
  const init = path.join(import.meta.dirname, "init.sh");
  const key = createHash("sha256")
    .update(kernel.version)
    .update(MODULES.join())
    .update(readFileSync(init))
    .digest("hex");
  const file = path.join(cache, `initramfs-${key.slice(0, 12)}`);
  if (existsSync(file)) return file;

  const root = mkdtempSync(path.join(cache, "initramfs-"));
  try {
    for (const directory of ["bin", "modules", "proc", "sys", "dev", "host", "overlay", "root"])
      mkdirSync(path.join(root, directory));
    copyFileSync("/bin/busybox", path.join(root, "bin/busybox"));
    copyFileSync(init, path.join(root, "init"));
    execFileSync("chmod", ["755", path.join(root, "init"), path.join(root, "bin/busybox")]);
    const modules = inLoadOrder(kernel);
    for (const module of modules) addModule(module, path.join(root, "modules"));
    writeFileSync(
      path.join(root, "modules/order"),
      modules.map((module) => `${plainName(module)}\n`).join(""),
    );
    writeFileSync(`${file}.new`, archive(root));
    renameSync(`${file}.new`, file);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return file;
}

/** Files of MODULES and of all they depend on, each once, dependencies first. What is built in has no file. */
function inLoadOrder(kernel: LabKernel): string[] {
  const files = MODULES.flatMap((module) => {
    const options = ["-d", kernel.root, "-S", kernel.version, "--show-depends", module];
    const text = execFileSync("modprobe", options, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return [...text.matchAll(/^insmod (\S+)/gm)].map((match) => match[1] ?? "");
  });
  return [...new Set(files)];
}

function plainName(module: string): string {
  return path.basename(module, ".xz");
}

/** Later Debians compress their modules, which busybox's insmod does not read. */
function addModule(module: string, directory: string): void {
  const target = path.join(directory, plainName(module));
  if (module.endsWith(".xz"))
    writeFileSync(target, execFileSync("xz", ["-dc", module], { maxBuffer: 1 << 28 }));
  else copyFileSync(module, target);
}

function archive(root: string): Buffer {
  const names = execFileSync("find", [".", "-print0"], { cwd: root });
  return execFileSync("cpio", ["--null", "--quiet", "--create", "--format=newc", "--owner=0:0"], {
    cwd: root,
    input: names,
    maxBuffer: 1 << 30,
  });
}

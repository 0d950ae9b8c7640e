import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

export interface LabKernel {
  readonly version: string;
  readonly image: string;
  /** What `modprobe -d` takes. */
  readonly root: string;
}

/** The kernel that the distribution ships, unpacked from its package, not installed. Kept under `cache` once it is there. */
export function labKernel(cache: string): LabKernel {
  const root = path.join(cache, "kernel");
  if (!existsSync(root)) unpack(cache, root);
  const [version] = readdirSync(path.join(root, "lib/modules"));
  if (!version) throw new Error(`no modules in ${root}: remove it and try again`);
  return { version, image: path.join(root, "boot", `vmlinuz-${version}`), root };
}

function unpack(cache: string, root: string): void {
  mkdirSync(cache, { recursive: true });
  const staging = mkdtempSync(path.join(cache, "kernel-"));
  try {
    download(staging);
    const archive = readdirSync(staging).find((name) => name.endsWith(".deb"));
    if (!archive) throw new Error("apt-get download left no package");
    const unpacked = path.join(staging, "root");
    execFileSync("dpkg-deb", ["-x", path.join(staging, archive), unpacked]);
    const [version = ""] = readdirSync(path.join(unpacked, "lib/modules"));
    execFileSync("depmod", ["-b", unpacked, version], { stdio: ["ignore", "ignore", "ignore"] });
    renameSync(unpacked, root);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** apt checks the package against the signed lists. They may be missing, or name a version that has been superseded. */
function download(directory: string): void {
  const attempt = () =>
    execFileSync("apt-get", ["-q", "download", kernelPackage()], {
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
  try {
    attempt();
  } catch {
    const update = ["apt-get", "-q", "update"];
    const [command = "", ...args] = process.getuid?.() === 0 ? update : ["sudo", ...update];
    execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
    attempt();
  }
}

/** `linux-image-amd64` is empty and depends on the kernel of the day. */
function kernelPackage(): string {
  const text = execFileSync("apt-cache", ["depends", "--important", "linux-image-amd64"], {
    encoding: "utf8",
  });
  const name = /Depends: (linux-image-\S+)/.exec(text)?.[1];
  if (!name) throw new Error("apt knows no linux-image-amd64");
  return name;
}

import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { BangerError } from "../../shared/errors.ts";
import type { KernelEntry } from "../catalog.ts";
import type { AssemblyContext } from "../context.ts";
import { fileSha256, writeFileSynced } from "../files.ts";
import { hasModule, packModules } from "../kernel/modules.ts";
import { extractVmlinux } from "../kernel/vmlinux.ts";
import { xzUnpacker } from "../kernel/xz.ts";
import { type KernelManifest, writeManifest } from "../manifest.ts";
import { inNewDirectory } from "../space.ts";
import { bootstrapDebian } from "./mmdebstrap.ts";

/** Packages, the tree that they unpack to, package lists and vmlinux, at their peak: measured 420 MiB for Debian 12. */
const NEEDED_BYTES = 600 * 1024 * 1024;

/**
 * Fetches a kernel package from the signed Debian archive and fills `stagingDir` (made if missing) with `vmlinux`,
 * `modules.cpio` and `manifest.json`. No maintainer script runs. On any failure
 * `stagingDir` is removed.
 * @throws BangerError ERR_NO_SPACE, ERR_TOOL_MISSING, ERR_TOOL_FAILED, ERR_KERNEL_FORMAT, ERR_KERNEL_UNSUITABLE;
 * `signal.reason` when aborted.
 */
export async function assembleKernel(
  entry: KernelEntry,
  stagingDir: string,
  context: AssemblyContext,
): Promise<KernelManifest> {
  const place = { directory: stagingDir, neededBytes: NEEDED_BYTES, what: `the kernel ${entry.name}` };
  return inNewDirectory(place, () => assemble(entry, stagingDir, context));
}

async function assemble(
  entry: KernelEntry,
  staging: string,
  context: AssemblyContext,
): Promise<KernelManifest> {
  const { suite, package: packageName } = entry.source;
  const tree = join(staging, "tree");
  await bootstrapDebian(
    { suite, variant: "extract", packages: [packageName], target: tree, cacheName: entry.name },
    context,
  );
  context.progress({ step: "unpacking the kernel" });
  const version = await findVersion(tree);
  const xz = xzUnpacker(staging, context);
  const vmlinux = await extractVmlinux(await readFile(join(tree, "boot", `vmlinuz-${version}`)), xz);
  await writeFileSynced(join(staging, "vmlinux"), vmlinux);
  const moduleTree = join(tree, "lib/modules", version);
  const modules = await packModules(moduleTree, xz);
  await writeFileSynced(join(staging, "modules.cpio"), modules);
  const overlay = await hasModule(moduleTree, "overlay");
  context.signal.throwIfAborted();
  await rm(tree, { recursive: true, force: true });
  const manifest: KernelManifest = {
    name: entry.name,
    distro: entry.distro,
    arch: entry.arch,
    version,
    sha256: await fileSha256(join(staging, "vmlinux"), context.signal),
    source: `debian ${suite} ${packageName}`,
    overlay,
    imported_at: new Date().toISOString(),
  };
  await writeManifest(staging, manifest);
  return manifest;
}

/** A package such as linux-image-cloud-amd64 depends on exactly one kernel. */
async function findVersion(tree: string): Promise<string> {
  const versions = (await readdir(join(tree, "boot")).catch(() => []))
    .filter((name) => name.startsWith("vmlinuz-"))
    .map((name) => name.slice("vmlinuz-".length));
  const [version] = versions;
  if (version === undefined || versions.length > 1) {
    throw new BangerError(
      "ERR_KERNEL_FORMAT",
      `the package brought ${versions.length} kernels; one was expected`,
      {
        next: "name a kernel package such as linux-image-cloud-amd64 in the catalog entry",
      },
    );
  }
  return version;
}

import { chmod, cp, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ImageEntry } from "../catalog.ts";
import type { AssemblyContext } from "../context.ts";
import { contentBytes, filesystemBytes, makeExt4 } from "../ext4.ts";
import { fileSha256 } from "../files.ts";
import { type ImageManifest, writeManifest } from "../manifest.ts";
import { inNewDirectory } from "../space.ts";
import { bootstrapDebian } from "./mmdebstrap.ts";
import { DPKG_OPTIONS, installedPackages, prepareRoot } from "./root.ts";

const MIB = 1024 * 1024;

/** Packages, package lists, the tree and the ext4 made of it, at their peak. */
const NEEDED_BYTES = 1024 * MIB;
const FREE_BYTES = 512 * MIB;
const JOURNAL_MIB = 64;
/**
 * The least size of a work disk. It is apparent size: the file holds some hundred KiB. Larger than its content asks, because all that
 * a guest adds by growing online it must also initialise itself.
 */
const SEED_BYTES = 512 * MIB;

/**
 * Assembles an image from the signed Debian archive and fills `stagingDir` (made if missing) with `rootfs.ext4`,
 * `work-seed.ext4` and `manifest.json`. On any failure `stagingDir` is removed.
 * @throws BangerError ERR_NO_SPACE, ERR_TOOL_MISSING, ERR_TOOL_FAILED; `signal.reason` when aborted.
 */
export async function assembleImage(
  entry: ImageEntry,
  stagingDir: string,
  context: AssemblyContext,
): Promise<ImageManifest> {
  const place = { directory: stagingDir, neededBytes: NEEDED_BYTES, what: `the image ${entry.name}` };
  return inNewDirectory(place, () => assemble(entry, stagingDir, context));
}

async function assemble(
  entry: ImageEntry,
  staging: string,
  context: AssemblyContext,
): Promise<ImageManifest> {
  const { suite, packages } = entry.source;
  const tree = join(staging, "tree");
  await bootstrapDebian(
    { suite, variant: "apt", packages, dpkgOptions: DPKG_OPTIONS, target: tree, cacheName: entry.name },
    context,
  );
  context.progress({ step: "preparing the root" });
  await prepareRoot(tree, context);
  const installed = await installedPackages(tree);
  const rootfs = join(staging, "rootfs.ext4");
  const content = await contentBytes(tree);
  await makeSeed(tree, staging, context);
  await makeRootfs(tree, rootfs, content, context);
  await rm(tree, { recursive: true, force: true });
  const rootfsBytes = (await stat(rootfs)).size;
  const rootfsSha256 = await fileSha256(rootfs, context.signal, (doneBytes) =>
    context.progress({ step: "checksumming the filesystem", doneBytes, totalBytes: rootfsBytes }),
  );
  const manifest: ImageManifest = {
    version: 1,
    name: entry.name,
    distro: entry.distro,
    arch: entry.arch,
    kernel: entry.kernel,
    source: { type: "debian", suite },
    packages: installed,
    rootfsBytes,
    contentBytes: content,
    rootfsSha256,
    seedBytes: SEED_BYTES,
    assembledAt: new Date().toISOString(),
  };
  await writeManifest(staging, manifest);
  return manifest;
}

async function makeRootfs(
  tree: string,
  path: string,
  content: number,
  context: AssemblyContext,
): Promise<void> {
  context.progress({ step: "writing the root filesystem" });
  const sizeBytes = filesystemBytes(content, JOURNAL_MIB, FREE_BYTES);
  await makeExt4({ ...common(context), path, sizeBytes, label: "banger-root", root: tree });
}

/**
 * The work disk's seed holds what the image has in /root, for the work disk will lie over it. /root itself is left in the
 * image, so that it also boots without a work disk.
 */
async function makeSeed(tree: string, staging: string, context: AssemblyContext): Promise<void> {
  context.progress({ step: "writing the work disk's seed" });
  const home = join(staging, "home");
  await mkdir(home);
  await chmod(home, 0o755);
  for (const name of await readdir(join(tree, "root"))) {
    if (name === ".ssh") continue;
    await cp(join(tree, "root", name), join(home, name), { recursive: true, verbatimSymlinks: true });
  }
  const path = join(staging, "work-seed.ext4");
  await makeExt4({ ...common(context), path, sizeBytes: SEED_BYTES, label: "banger-work", root: home });
  await rm(home, { recursive: true, force: true });
}

function common(context: AssemblyContext) {
  const { signal, logFile } = context;
  return { journalMib: JOURNAL_MIB, signal, logFile };
}

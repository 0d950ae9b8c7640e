import { access, chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BangerError, errorCode } from "../../shared/errors.ts";
import type { AssemblyContext } from "../context.ts";
import { runTool } from "../tool.ts";
import { AptOutput } from "./apt-output.ts";
import { downloadedBytes, PackageCache } from "./package-cache.ts";

/** The archive's signing keys, at the same place on Debian and on what derives from it. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const POLL_MS = 300;

export interface DebianTree {
  suite: string;
  /** `extract` only unpacks; `apt` installs Debian's essential packages and apt as well. */
  variant: "extract" | "apt";
  packages: readonly string[];
  /** Lines for dpkg's configuration, in the tree too: `path-exclude=…`. */
  dpkgOptions?: readonly string[];
  /** Made by this call. */
  target: string;
  /** Names this entry's part of the package cache. */
  cacheName: string;
}

/**
 * Fetches packages from the signed archive and makes a root directory of them with mmdebstrap(1). It runs in a mount and
 * pid namespace of its own: nothing that it mounts or starts outlives it, however it ends.
 * @throws BangerError ERR_TOOL_MISSING, ERR_TOOL_FAILED; `signal.reason` when aborted.
 */
export async function bootstrapDebian(tree: DebianTree, context: AssemblyContext): Promise<void> {
  await requireKeyring();
  const archives = await makeArchives(tree.target);
  const cache = new PackageCache(join(context.cacheDirectory, "packages", tree.cacheName));
  const cached = await cache.fill(archives);
  const output = new AptOutput(context.progress);
  const stopPolling = pollDownload(archives, output, context);
  try {
    await runTool("mmdebstrap", mmdebstrapArguments(tree, context.debianMirror), {
      signal: context.signal,
      logFile: context.logFile,
      contained: true,
      onStderrLine: (line) => output.line(line),
    });
  } catch (error) {
    if (cached > 0 && errorCode(error) === "ERR_TOOL_FAILED") await cache.clear();
    else await cache.take(archives, false).catch(() => {}); // The first error says what matters.
    throw error;
  } finally {
    await stopPolling();
  }
  await cache.take(archives, true);
}

/** Makes the tree and apt's archives directory in it. The modes stay in the image, so they must not depend on our umask. */
async function makeArchives(target: string): Promise<string> {
  let directory = target;
  for (const name of ["", "var", "cache", "apt", "archives"]) {
    directory = join(directory, name);
    await mkdir(directory);
    await chmod(directory, 0o755);
  }
  return directory;
}

/** Exported for its test. */
export function mmdebstrapArguments(tree: DebianTree, mirror: string | undefined): string[] {
  // Named skips: the tree is not empty (the cache's packages are in it); the
  // downloads stay until the cache has taken them; the keyring is given, so gpg need not look for one.
  const skips = ["check/empty", "check/signed-by", "download/empty", "essential/unlink", "cleanup/apt/cache"];
  return [
    "--verbose",
    "--mode=root",
    "--format=directory",
    `--variant=${tree.variant}`,
    "--architectures=amd64",
    `--keyring=${KEYRING}`,
    `--skip=${skips.join(",")}`,
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    // An interrupted assembly is thrown away whole, so dpkg need not fsync each file.
    "--dpkgopt=force-unsafe-io",
    ...(tree.dpkgOptions ?? []).map((option) => `--dpkgopt=${option}`),
    `--include=${tree.packages.join(",")}`,
    tree.suite,
    tree.target,
    ...(mirror === undefined ? [] : [mirror]),
  ];
}

export async function requireKeyring(): Promise<void> {
  try {
    await access(KEYRING);
  } catch (cause) {
    throw new BangerError("ERR_TOOL_MISSING", "Debian's archive keys are not installed", {
      next: "Install them: sudo apt-get install debian-archive-keyring",
      details: { path: KEYRING, package: "debian-archive-keyring" },
      cause,
    });
  }
}

/** Reports bytes as they arrive, while apt has said how many will. Returns how to stop. */
function pollDownload(archives: string, output: AptOutput, context: AssemblyContext): () => Promise<void> {
  let total: number | undefined;
  let before = 0;
  let busy = Promise.resolve();
  const poll = async () => {
    const bytes = await downloadedBytes(archives);
    if (output.downloadTotal === undefined) {
      before = bytes;
      total = undefined;
      return;
    }
    if (total !== output.downloadTotal) total = output.downloadTotal;
    // apt rounds the total to three digits; done never passes it.
    const doneBytes = Math.min(Math.max(bytes - before, 0), total);
    if (total > 0) context.progress({ step: output.step, doneBytes, totalBytes: total });
  };
  const timer = setInterval(() => {
    busy = busy.then(poll).catch(() => {}); // The directory may vanish under us; it is only a display.
  }, POLL_MS);
  return async () => {
    clearInterval(timer);
    await busy;
  };
}

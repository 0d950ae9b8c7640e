import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AssemblyContext,
  type AssemblyProgress,
  assembleImage,
  assembleKernel,
  createStaging,
  loadCatalog,
  mirrorFromEnvironment,
  publishDirectory,
  sweepStaging,
} from "../../../src/images/index.ts";

const PROJECT = join(import.meta.dirname, "../../..");
const PLACE = join(PROJECT, "build/test-images");

/**
 * Real assemblies, kept under build/ until the code or the catalog that makes them changes: each takes up to a minute.
 * `reports` is what the image's assembly reported as its progress.
 */
export async function assembled(): Promise<{ image: string; kernel: string; reports: AssemblyProgress[] }> {
  const { image, kernel } = await defaultEntries();
  const reports: AssemblyProgress[] = [];
  const context = contextFor(join(PLACE, "assembly.log"), new AbortController().signal, (event) =>
    reports.push(event),
  );
  await mkdir(PLACE, { recursive: true });
  await sweepStaging(PLACE);
  const key = await sourceHash();
  const make = async (name: string, assemble: (staging: string) => Promise<unknown>) => {
    const final = join(PLACE, `${name}-${key}`);
    const there = await access(final).then(
      () => true,
      () => false,
    );
    if (there) return final;
    for (const entry of await readdir(PLACE)) {
      if (entry.startsWith(`${name}-`)) await rm(join(PLACE, entry), { recursive: true });
    }
    reports.length = 0;
    const staging = await createStaging(final);
    // As the daemon has it: nothing in an image may depend on it.
    const umask = process.umask(0o077);
    try {
      await assemble(staging);
    } finally {
      process.umask(umask);
    }
    await writeFile(`${final}.reports.json`, JSON.stringify(reports));
    await publishDirectory(staging, final);
    return final;
  };
  const kernelDirectory = await make(kernel.name, (staging) => assembleKernel(kernel, staging, context));
  const imageDirectory = await make(image.name, (staging) => assembleImage(image, staging, context));
  return {
    kernel: kernelDirectory,
    image: imageDirectory,
    reports: JSON.parse(await readFile(`${imageDirectory}.reports.json`, "utf8")) as AssemblyProgress[],
  };
}

export async function defaultEntries() {
  const catalog = await loadCatalog(join(PROJECT, "catalog"));
  const image = catalog.images.get("debian-bookworm");
  const kernel = catalog.kernels.get(image?.kernel ?? "");
  if (image === undefined || kernel === undefined) throw new Error("the catalog lacks its default image");
  return { image, kernel };
}

export function contextFor(
  logFile: string,
  signal: AbortSignal,
  progress: (event: AssemblyProgress) => void = () => {},
): AssemblyContext {
  return {
    signal,
    progress,
    logFile,
    cacheDirectory: join(PLACE, "cache"),
    ...mirrorFromEnvironment(process.env),
  };
}

async function sourceHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const directory of ["src/images", "catalog"]) {
    const entries = await readdir(join(PROJECT, directory), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 12);
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BangerError, errorMessage } from "../shared/errors.ts";
import { catalogName, describeIssues } from "./catalog.ts";
import { writeFileSynced } from "./files.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.int().nonnegative();

const debianPackages = z.array(z.strictObject({ name: z.string(), version: z.string() }));

const imageManifest = z.strictObject({
  version: z.literal(1),
  name: catalogName,
  distro: z.string(),
  arch: z.string(),
  /** The kernel that the catalog names for this image. */
  kernel: catalogName,
  source: z.strictObject({ type: z.literal("debian"), suite: z.string() }),
  /** Every package in the root with its version. */
  packages: debianPackages,
  /** Apparent size of rootfs.ext4, and what of it holds data. */
  rootfsBytes: bytes,
  contentBytes: bytes,
  rootfsSha256: sha256,
  /** Apparent size of work-seed.ext4: the least that a work disk can be. */
  seedBytes: bytes,
  assembledAt: z.iso.datetime(),
});

const kernelManifest = z.strictObject({
  name: catalogName,
  distro: z.string(),
  arch: z.string(),
  /** `uname -r` */
  version: z.string().min(1),
  /** Of vmlinux. */
  sha256,
  source: z.string(),
  /** Whether it has overlayfs, built in or among its modules. Manifests from before this key are of kernels that have it. */
  overlay: z.boolean().default(true),
  imported_at: z.iso.datetime(),
});

/** `manifest.json` of an image's directory. */
export type ImageManifest = z.infer<typeof imageManifest>;
/** `manifest.json` of a kernel's directory [IMG-6]. */
export type KernelManifest = z.infer<typeof kernelManifest>;

/** @throws BangerError ERR_MANIFEST_MISSING, ERR_MANIFEST_INVALID. */
export function readImageManifest(directory: string): Promise<ImageManifest> {
  return readManifest(directory, imageManifest, "image");
}

/** @throws BangerError ERR_MANIFEST_MISSING, ERR_MANIFEST_INVALID. */
export function readKernelManifest(directory: string): Promise<KernelManifest> {
  return readManifest(directory, kernelManifest, "kernel");
}

/** Writes a directory's `manifest.json`, last of its files, checked as it will be when read. */
export async function writeManifest(
  directory: string,
  manifest: ImageManifest | KernelManifest,
): Promise<void> {
  const checked = ("packages" in manifest ? imageManifest : kernelManifest).parse(manifest);
  await writeFileSynced(join(directory, "manifest.json"), `${JSON.stringify(checked, null, 2)}\n`);
}

async function readManifest<T>(
  directory: string,
  schema: z.ZodType<T>,
  kind: "image" | "kernel",
): Promise<T> {
  const path = join(directory, "manifest.json");
  const next = `delete the ${kind} and pull it again`;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new BangerError(
      "ERR_MANIFEST_MISSING",
      `the ${kind} in ${directory} has no readable manifest.json`,
      {
        next,
        details: { path },
        cause,
      },
    );
  }
  let what: string;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    what = describeIssues(parsed.error);
  } catch (error) {
    what = errorMessage(error);
  }
  throw new BangerError("ERR_MANIFEST_INVALID", `${path} is not valid: ${what}.`, {
    next,
    details: { path },
  });
}

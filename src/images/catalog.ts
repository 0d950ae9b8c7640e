import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BangerError, errorMessage } from "../shared/errors.ts";

/** Names of images and kernels: they are file names and command line words [IMG-6]. */
export const catalogName = z
  .string()
  .max(64)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    "a name is letters, digits, dot, dash and underscore, and begins with a letter or digit",
  );

const debianPackage = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, "expected the name of a Debian package");
const suite = z.string().regex(/^[a-z][a-z0-9-]*$/, "expected the name of a Debian suite, such as bookworm");

const debianImageSource = z.strictObject({
  type: z.literal("debian"),
  suite,
  packages: z.array(debianPackage).min(1),
});
const debianKernelSource = z.strictObject({ type: z.literal("debian"), suite, package: debianPackage });

const imageEntry = z.strictObject({
  name: catalogName,
  description: z.string().min(1),
  distro: z.string().min(1),
  arch: z.literal("amd64"),
  /** The kernel that this image boots with: a name of kernels.json. */
  kernel: catalogName,
  source: z.discriminatedUnion("type", [debianImageSource]),
});

const kernelEntry = z.strictObject({
  name: catalogName,
  description: z.string().min(1),
  distro: z.string().min(1),
  arch: z.literal("amd64"),
  source: z.discriminatedUnion("type", [debianKernelSource]),
});

export type ImageEntry = z.infer<typeof imageEntry>;
export type KernelEntry = z.infer<typeof kernelEntry>;

/** What `catalog/images.json` holds. */
export const imagesFile = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  images: z.array(imageEntry),
});
/** What `catalog/kernels.json` holds. */
export const kernelsFile = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  kernels: z.array(kernelEntry),
});

export interface Catalog {
  images: ReadonlyMap<string, ImageEntry>;
  kernels: ReadonlyMap<string, KernelEntry>;
}

/**
 * Reads `images.json` and `kernels.json` of the package's catalog directory, then of each directory in `extra` (the
 * user's own), whose entries replace those of the same name.
 * @throws BangerError ERR_CATALOG_INVALID: the file, the entry and what was expected.
 */
export async function loadCatalog(directory: string, extra: readonly string[] = []): Promise<Catalog> {
  const images = new Map<string, ImageEntry>();
  const kernels = new Map<string, KernelEntry>();
  for (const place of [directory, ...extra]) {
    const kernelsPath = join(place, "kernels.json");
    const imagesPath = join(place, "images.json");
    add(kernels, (await readCatalogFile(kernelsPath, kernelsFile)).kernels, kernelsPath);
    add(images, (await readCatalogFile(imagesPath, imagesFile)).images, imagesPath);
    for (const image of images.values()) {
      if (!kernels.has(image.kernel)) {
        throw invalid(
          imagesPath,
          `image ${image.name} names the kernel ${image.kernel}, which no kernels.json has`,
        );
      }
    }
  }
  return { images, kernels };
}

function add<T extends { name: string }>(into: Map<string, T>, entries: readonly T[], path: string): void {
  const seen = new Set<string>();
  for (const entry of entries) {
    if (seen.has(entry.name)) throw invalid(path, `${entry.name} is there twice`);
    seen.add(entry.name);
    into.set(entry.name, entry);
  }
}

async function readCatalogFile<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw invalid(path, errorMessage(cause), cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(path, describeIssues(parsed.error), parsed.error);
}

/** zod's issues as one sentence: `images[0].source.suite: expected …; …`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${z.core.toDotPath(issue.path) || "the file"}: ${issue.message}`)
    .join("; ");
}

function invalid(path: string, what: string, cause?: unknown): BangerError {
  return new BangerError("ERR_CATALOG_INVALID", `the catalog file ${path} is not valid: ${what}`, {
    next: "correct the file, or take it out of the configuration's catalogs",
    details: { path },
    cause,
  });
}

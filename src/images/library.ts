import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { ImageRecord, KernelRecord } from "../domain/image.ts";
import type { AssembleContext, ImageLibrary } from "../domain/stores.ts";
import { BangerError, errorCode } from "../shared/errors.ts";
import { type Catalog, catalogName } from "./catalog.ts";
import type { AssemblyContext } from "./context.ts";
import { assembleImage } from "./debian/image.ts";
import { assembleKernel } from "./debian/kernel.ts";
import { InitramfsCache } from "./initramfs-cache.ts";
import { type KernelManifest, readImageManifest, readKernelManifest } from "./manifest.ts";
import { createStaging, publishDirectory, sweepStaging } from "./staging.ts";

export interface LibraryOptions {
  readonly catalog: Catalog;
  readonly imagesDirectory: string;
  readonly kernelsDirectory: string;
  readonly cacheDirectory: string;
  readonly logFile: string;
  /** The static banger-init/banger-agent of this build. */
  readonly agentBinary: string;
  readonly debianMirror?: string;
  readonly now: () => Date;
}

const IMAGE_ID = /^[0-9a-f]{32}$/;

/** Images and kernels on disk: each a directory, published whole by one rename (IMG-3). */
export class Library implements ImageLibrary {
  readonly #options: LibraryOptions;
  readonly #initramfs: InitramfsCache;

  constructor(options: LibraryOptions) {
    this.#options = options;
    this.#initramfs = new InitramfsCache(options.agentBinary, path.join(options.cacheDirectory, "initramfs"));
  }

  /** Removes what an interrupted pull has left, published without a record included; for the start of the daemon. */
  async sweep(knownImageIds: ReadonlySet<string>): Promise<void> {
    const { imagesDirectory, kernelsDirectory } = this.#options;
    await sweepStaging(imagesDirectory);
    await sweepStaging(kernelsDirectory);
    const ids = (await readdir(imagesDirectory)).filter(
      (name) => IMAGE_ID.test(name) && !knownImageIds.has(name),
    );
    for (const id of ids) await rm(this.imageDirectory(id), { recursive: true, force: true });
  }

  catalogImages(): { name: string; kernel: string; description: string }[] {
    return [...this.#options.catalog.images.values()];
  }

  catalogKernels(): { name: string; distro: string; description: string }[] {
    return [...this.#options.catalog.kernels.values()];
  }

  async pullImage(name: string, id: string, context: AssembleContext): Promise<ImageRecord> {
    const entry = this.#options.catalog.images.get(name);
    if (entry === undefined) throw new BangerError("ERR_IMAGE_UNKNOWN", `no image is called "${name}"`);
    const manifest = await this.#assemble(
      `image ${name}`,
      this.imageDirectory(id),
      context,
      (staging, assembly) => assembleImage(entry, staging, assembly),
    );
    return {
      id,
      name,
      kernelName: manifest.kernel,
      source: manifest.source.type,
      rootfsBytes: manifest.rootfsBytes,
      seedBytes: manifest.seedBytes,
      createdAt: this.#options.now().toISOString(),
    };
  }

  async pullKernel(name: string, context: AssembleContext): Promise<KernelRecord> {
    const entry = this.#options.catalog.kernels.get(name);
    if (entry === undefined) throw new BangerError("ERR_KERNEL_UNKNOWN", `no kernel is called "${name}"`);
    const manifest = await this.#assemble(
      `kernel ${name}`,
      this.#kernelDirectory(name),
      context,
      (staging, assembly) => assembleKernel(entry, staging, assembly),
    );
    return toRecord(manifest);
  }

  /** Staging beside the final place, assembly, publication; whatever fails, nothing half is left. */
  async #assemble<T>(
    stage: string,
    final: string,
    context: AssembleContext,
    assemble: (staging: string, context: AssemblyContext) => Promise<T>,
  ): Promise<T> {
    const { cacheDirectory, logFile, debianMirror } = this.#options;
    return context.stage(stage, async (progress) => {
      await mkdir(cacheDirectory, { recursive: true });
      const staging = await createStaging(final);
      try {
        const assembled = await assemble(staging, {
          signal: context.signal,
          progress: ({ step, detail, ...bytes }) =>
            progress({ ...bytes, detail: detail === undefined ? step : `${step}: ${detail}` }),
          logFile,
          cacheDirectory,
          ...(debianMirror === undefined ? {} : { debianMirror }),
        });
        await publishDirectory(staging, final);
        return assembled;
      } catch (error) {
        await rm(staging, { recursive: true, force: true });
        throw error;
      }
    });
  }

  async kernel(name: string): Promise<KernelRecord | null> {
    // A name is a file name here, and it may be what a client wrote.
    if (!catalogName.safeParse(name).success) return null;
    try {
      return toRecord(await readKernelManifest(this.#kernelDirectory(name)));
    } catch (error) {
      if (errorCode(error) === "ERR_MANIFEST_MISSING") return null;
      throw error;
    }
  }

  async kernels(): Promise<KernelRecord[]> {
    const names = await readdir(this.#options.kernelsDirectory).catch(() => []);
    const found = await Promise.all(names.sort().map((name) => this.kernel(name)));
    return found.filter((kernel) => kernel !== null);
  }

  imageManifest(image: ImageRecord): Promise<unknown> {
    return readImageManifest(this.imageDirectory(image.id));
  }

  kernelManifest(name: string): Promise<unknown> {
    return readKernelManifest(this.#kernelDirectory(name));
  }

  imageDirectory(id: string): string {
    return path.join(this.#options.imagesDirectory, id);
  }

  imageFiles(image: Pick<ImageRecord, "id">): { rootfs: string; seed: string } {
    const directory = this.imageDirectory(image.id);
    return { rootfs: path.join(directory, "rootfs.ext4"), seed: path.join(directory, "work-seed.ext4") };
  }

  kernelFile(name: string): string {
    return path.join(this.#kernelDirectory(name), "vmlinux");
  }

  #kernelDirectory(name: string): string {
    return path.join(this.#options.kernelsDirectory, name);
  }

  initramfs(kernelName: string): Promise<string> {
    return this.#initramfs.get(kernelName, path.join(this.#kernelDirectory(kernelName), "modules.cpio"));
  }
}

function toRecord(manifest: KernelManifest): KernelRecord {
  return {
    name: manifest.name,
    distro: manifest.distro,
    arch: manifest.arch,
    version: manifest.version,
    sha256: manifest.sha256,
    source: manifest.source,
    overlay: manifest.overlay,
    importedAt: manifest.imported_at,
  };
}

import { rm } from "node:fs/promises";
import type { ImageRecord, KernelRecord } from "../domain/image.ts";
import type { ImageLibrary, ImageStore } from "../domain/stores.ts";
import type { ImageSummary, KernelSummary } from "../rpc/contract.ts";
import { BangerError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import type { KeyedLocks } from "./locks.ts";
import type { OperationContext } from "./operations.ts";

/** Images and kernels: what is here, and pulling what the catalog has (IMG-3, IMG-4). */
export class ImageService {
  readonly #images: ImageStore;
  readonly #library: ImageLibrary;
  readonly #locks: KeyedLocks;
  readonly #newId: () => string;

  constructor(images: ImageStore, library: ImageLibrary, locks: KeyedLocks, newId: () => string) {
    this.#images = images;
    this.#library = library;
    this.#locks = locks;
    this.#newId = newId;
  }

  /** The image of that name and its kernel, where both are here. */
  async local(name: string): Promise<{ image: ImageRecord; kernel: KernelRecord } | null> {
    const image = this.#images.byName(name);
    const kernel = image && (await this.#library.kernel(image.kernelName));
    return image && kernel && { image, kernel };
  }

  /** The image of that name and its kernel, pulled now if they are not here and the catalog has them. ERR_IMAGE_UNKNOWN. */
  async ensure(
    name: string,
    context: OperationContext,
  ): Promise<{ image: ImageRecord; kernel: KernelRecord }> {
    const image = this.#images.byName(name) ?? (await this.pull(name, context));
    return { image, kernel: await this.#kernel(image.kernelName, context) };
  }

  /** Assembles an image unless it is here. Two at once for one name do the work once: the second finds the first's. */
  async pull(name: string, context: OperationContext): Promise<ImageRecord> {
    const entry = this.#library.catalogImages().find((each) => each.name === name);
    if (entry === undefined) throw this.#unknownImage(name);
    await this.#kernel(entry.kernel, context);
    const pullIt = async () => {
      const there = this.#images.byName(name);
      if (there !== null) return there;
      const image = await this.#library.pullImage(name, this.#newId(), context);
      try {
        this.#images.insert(image);
      } catch (error) {
        await rm(this.#library.imageDirectory(image.id), { recursive: true, force: true });
        throw error;
      }
      return image;
    };
    return this.#locks.run(`image ${name}`, pullIt, context.signal);
  }

  async pullKernel(name: string, context: OperationContext): Promise<void> {
    await this.#kernel(name, context);
  }

  list(available: boolean): ImageSummary[] {
    const local = this.#images.list();
    const entries = this.#library.catalogImages();
    const describe = (name: string) => entries.find((entry) => entry.name === name)?.description ?? "";
    const rows = local.map((image) => ({ ...this.#summary(image), description: describe(image.name) }));
    if (!available) return rows;
    const missing = entries.filter((entry) => !local.some((image) => image.name === entry.name));
    return [...rows, ...missing.map((entry) => notPulled(entry))];
  }

  async show(name: string): Promise<ImageSummary & { manifest: unknown }> {
    const image = this.#images.byName(name);
    if (image !== null)
      return { ...this.#summary(image), manifest: await this.#library.imageManifest(image) };
    const entry = this.#library.catalogImages().find((each) => each.name === name);
    if (entry === undefined) throw this.#unknownImage(name);
    return { ...notPulled(entry), manifest: null };
  }

  async listKernels(available: boolean): Promise<KernelSummary[]> {
    const local = (await this.#library.kernels()).map((kernel) => ({ ...kernel, local: true }));
    const missing = this.#library
      .catalogKernels()
      .filter((entry) => !local.some((kernel) => kernel.name === entry.name));
    return available ? [...local, ...missing.map(kernelNotPulled)] : local;
  }

  async showKernel(name: string): Promise<KernelSummary & { manifest: unknown }> {
    const kernel = await this.#library.kernel(name);
    if (kernel !== null)
      return { ...kernel, local: true, manifest: await this.#library.kernelManifest(name) };
    const entry = this.#library.catalogKernels().find((each) => each.name === name);
    if (entry !== undefined) return { ...kernelNotPulled(entry), manifest: null };
    throw new BangerError("ERR_KERNEL_UNKNOWN", `no kernel is called "${name}"`, {
      next: "`banger kernel list --available`",
    });
  }

  /** The kernel of that name, pulled now if it is not here: looked for without the lock first, so that creates do not wait for each other. */
  async #kernel(name: string, context: OperationContext): Promise<KernelRecord> {
    const find = () => this.#library.kernel(name);
    const pullIt = async () => (await find()) ?? (await this.#library.pullKernel(name, context));
    return (await find()) ?? this.#locks.run(`kernel ${name}`, pullIt, context.signal);
  }

  #summary(image: ImageRecord): ImageSummary {
    return {
      name: image.name,
      id: image.id,
      kernel: image.kernelName,
      local: true,
      rootfsBytes: image.rootfsBytes,
      createdAt: image.createdAt,
      description: "",
    };
  }

  #unknownImage(name: string): BangerError {
    const names = [...this.#library.catalogImages(), ...this.#images.list()].map((image) => image.name);
    const near = nearest(name, names);
    return new BangerError("ERR_IMAGE_UNKNOWN", `no image is called "${name}"`, {
      next:
        near === null
          ? "`banger image list --available`"
          : `did you mean ${near}? (\`banger image list --available\`)`,
    });
  }
}

function notPulled(entry: { name: string; kernel: string; description: string }): ImageSummary {
  return { ...entry, id: null, local: false, rootfsBytes: null, createdAt: null };
}

function kernelNotPulled(entry: { name: string; distro: string }): KernelSummary {
  return {
    name: entry.name,
    distro: entry.distro,
    local: false,
    version: null,
    importedAt: null,
    sha256: null,
  };
}

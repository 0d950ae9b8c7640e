import path from "node:path";
import type { ImageLibrary } from "../../../../../src/domain/stores.ts";

const KERNEL = {
  name: "k",
  distro: "d",
  arch: "amd64",
  version: "6",
  sha256: "",
  source: "s",
  overlay: true,
  importedAt: "",
};

/** One image and one kernel, whose files lie in `directory`. */
export function fakeLibrary(directory: string): ImageLibrary {
  const file = (name: string) => path.join(directory, name);
  return {
    catalogImages: () => [],
    catalogKernels: () => [],
    pullImage: () => Promise.reject(new Error("no catalog here")),
    pullKernel: () => Promise.reject(new Error("no catalog here")),
    kernel: async () => KERNEL,
    kernels: async () => [KERNEL],
    imageManifest: async () => null,
    kernelManifest: async () => null,
    imageDirectory: () => directory,
    imageFiles: () => ({ rootfs: file("rootfs.ext4"), seed: file("work-seed.ext4") }),
    kernelFile: () => file("vmlinux"),
    initramfs: async () => file("vmlinux"),
  };
}

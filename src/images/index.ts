/** Images and kernels: what the catalog offers, how they are assembled, and what their directories hold. */
export { type Catalog, type ImageEntry, type KernelEntry, loadCatalog } from "./catalog.ts";
export { type AssemblyContext, type AssemblyProgress, mirrorFromEnvironment } from "./context.ts";
export { assembleImage } from "./debian/image.ts";
export { assembleKernel } from "./debian/kernel.ts";
export { buildInitramfs, type InitramfsParts } from "./initramfs.ts";
export {
  type ImageManifest,
  type KernelManifest,
  readImageManifest,
  readKernelManifest,
} from "./manifest.ts";
export { createStaging, publishDirectory, sweepStaging } from "./staging.ts";

/** An image, here or in the catalog. */
export interface ImageSummary {
  name: string;
  id: string | null;
  kernel: string;
  /** False for an entry of the catalog that was not pulled yet. */
  local: boolean;
  rootfsBytes: number | null;
  createdAt: string | null;
  description: string;
}

/** A kernel, here or in the catalog. */
export interface KernelSummary {
  name: string;
  local: boolean;
  version: string | null;
  distro: string;
  importedAt: string | null;
  sha256: string | null;
}

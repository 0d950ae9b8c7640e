/** An image as SQLite keeps it; its files are in `<state>/images/<id>/`. */
export interface ImageRecord {
  readonly id: string;
  readonly name: string;
  readonly kernelName: string;
  readonly source: "debian";
  /** Apparent size of rootfs.ext4. */
  readonly rootfsBytes: number;
  /** Apparent size of work-seed.ext4: the least a work disk can be. */
  readonly seedBytes: number;
  readonly createdAt: string;
}

/** A kernel as its `manifest.json` says; its files are in `<state>/kernels/<name>/`. */
export interface KernelRecord {
  readonly name: string;
  readonly distro: string;
  readonly arch: string;
  /** `uname -r` */
  readonly version: string;
  readonly sha256: string;
  readonly source: string;
  /** Whether it has overlayfs, which the overlay storage driver needs. */
  readonly overlay: boolean;
  readonly importedAt: string;
}

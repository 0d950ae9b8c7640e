/** A file to be a block device (LOOP_CONFIGURE, linux/loop.h). All sizes are in bytes. */
export interface LoopAttach {
  backingFile: string;
  readOnly: boolean;
  /** At most 63 bytes; kept in `lo_file_name`, so that a crash leaves a loop that says whose it is (ST-5). */
  name: string;
  offsetBytes?: bigint;
  sizeLimitBytes?: bigint;
  /** Logical block size: 512, 1024, 2048 or 4096. */
  blockSize?: number;
  directIo?: boolean;
  /**
   * LO_FLAGS_AUTOCLEAR: the kernel unbinds it at its last close. So that it does not go before its user has opened it, this HostOps keeps
   * it open, until {@link LoopOps.detach}, `close()`, or the end of this process, however it ends. Only useful to who opens it then, or
   * who wants nothing left of it after a crash.
   */
  autoclear?: boolean;
}

/** A bound device as LOOP_GET_STATUS64 tells it; offset and limit in bytes, 0 for no limit. */
export interface LoopInfo {
  /** `/dev/loop7` */
  device: string;
  index: number;
  name: string;
  backingInode: bigint;
  /** As `stat(2)` has it. */
  backingDevice: bigint;
  offsetBytes: bigint;
  sizeLimitBytes: bigint;
  /** Of the device: what offset and limit leave of the backing file, in whole sectors of 512 bytes. */
  sizeBytes: bigint;
  /** Logical block size in bytes. */
  blockSize: number;
  readOnly: boolean;
  autoclear: boolean;
  directIo: boolean;
}

/** Loop devices: linux/loop.h, https://man7.org/linux/man-pages/man4/loop.4.html. Needs root: ERR_HOST_PERMISSION otherwise. */
export interface LoopOps {
  /**
   * LOOP_CTL_GET_FREE + LOOP_CONFIGURE (Linux 5.8), tried again, some hundred times at most and with random pauses, while somebody else
   * is faster (EBUSY: GET_FREE reserves nothing) or the backing file's cache is being written (EAGAIN). What it became is checked.
   * ERR_HOST_UNSUPPORTED where the kernel has no loop devices or the filesystem no direct I/O, ERR_HOST_BUSY when it was never first,
   * ERR_HOST_NOT_FOUND, ERR_HOST_PERMISSION, ERR_HOST_INVALID; ERR_HOST_CLOSED for one that autoclears. An abort ends the trying: it rejects
   * with the signal's reason, and nothing is attached.
   */
  attach(spec: LoopAttach, options?: { signal?: AbortSignal }): Promise<LoopInfo>;
  /**
   * LOOP_CLR_FD. A device that is not bound is a success. One that somebody still has open (a mount, a device-mapper table) stays
   * bound, with autoclear on, until that user closes it.
   */
  detach(device: string): Promise<void>;
  /** LOOP_GET_STATUS64, or null when nothing is bound. */
  status(device: string): Promise<LoopInfo | null>;
  /** All bound loop devices whose name starts with `namePrefix`. */
  list(namePrefix: string): Promise<LoopInfo[]>;
  /** All that are bound to this file, by its device and inode: under whatever path, and also when it has none any more. ERR_HOST_NOT_FOUND. */
  lookup(backingFile: string): Promise<LoopInfo[]>;
  /** LOOP_SET_CAPACITY: the backing file has grown, or shrunk. ERR_HOST_NOT_FOUND when nothing is bound. */
  refreshSize(device: string): Promise<void>;
  /** LOOP_SET_DIRECT_IO (Linux 4.10). ERR_HOST_UNSUPPORTED where the filesystem below cannot, ERR_HOST_NOT_FOUND when nothing is bound. */
  setDirectIo(device: string, on: boolean): Promise<void>;
}

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
}

export interface LoopInfo {
  /** `/dev/loop7` */
  device: string;
  index: number;
  name: string;
  backingInode: bigint;
  backingDevice: bigint;
  offsetBytes: bigint;
  sizeLimitBytes: bigint;
  readOnly: boolean;
  autoclear: boolean;
  directIo: boolean;
}

export interface LoopOps {
  /** LOOP_CTL_GET_FREE + LOOP_CONFIGURE (Linux 5.8), retried on EBUSY (the race on GET_FREE). */
  attach(spec: LoopAttach): Promise<LoopInfo>;
  /**
   * LOOP_CLR_FD. A device that is not bound is a success. One that somebody still has open (a mount, a device-mapper table) stays
   * bound, with autoclear on, until that user closes it: there is no autoclear at attach, where nobody would hold it yet.
   */
  detach(device: string): Promise<void>;
  /** LOOP_GET_STATUS64, or null when nothing is bound. */
  status(device: string): Promise<LoopInfo | null>;
  /** All bound loop devices whose name starts with `namePrefix`. */
  list(namePrefix: string): Promise<LoopInfo[]>;
  /** LOOP_SET_CAPACITY: the backing file has grown. */
  refreshSize(device: string): Promise<void>;
}

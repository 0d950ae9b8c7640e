/** native/src/netns. */
export interface NetnsAddon {
  netnsShareDirectory(directory: string): Promise<void>;
  /** `path` is an empty file. */
  netnsBind(path: string): Promise<void>;
  netnsUnbind(path: string): Promise<void>;
  /** Calls `call`; the operations that it starts are for the namespace bound on `path`. */
  netnsCall<T>(path: string, call: () => T): T;
  /** A file of `/proc/sys/net`, which each network namespace has for itself. */
  sysctlWrite(path: string, value: string): Promise<void>;
  sysctlRead(path: string): Promise<string>;
}

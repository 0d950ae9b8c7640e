import type { DnsState } from "../../domain/dns.ts";

/** The daemon that answers. */
export interface DaemonStatus {
  build: { version: string; commit: string; time: string };
  pid: number;
  socket: string;
  stateDirectory: string;
  log: string;
  startedAt: string;
  /** Operations in flight. */
  operations: number;
  runningVms: number;
  dns: DnsState;
}

/** Values that `--help` and `spec:` show (CFG-2). */
export interface VmDefaults {
  vcpu: { value: number; from: "config" | "auto" | "builtin" };
  memoryMib: { value: number; from: "config" | "auto" | "builtin" };
  diskSizeBytes: { value: number; from: "config" | "auto" | "builtin" };
  overlaySizeBytes: { value: number; from: "config" | "auto" | "builtin" };
}

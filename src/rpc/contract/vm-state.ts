import type { ErrorBody } from "../../domain/operation.ts";
import type { VmDisk, VmSummary } from "./vm.ts";

/** What a VM takes of the host; what is null it has not while it does not run. */
export interface VmStats {
  id: string;
  name: string;
  state: VmSummary["state"];
  /** Of one CPU: 200 is two that do nothing else. */
  cpuPercent: number | null;
  /** Resident memory of the VMM. */
  memoryBytes: number | null;
  memoryLimitBytes: number;
  disks: VmDisk[];
  network: { receivedBytes: number; sentBytes: number } | null;
  uptimeSeconds: number | null;
}

/** The answer to `vm.stats`. */
export interface StatsReply {
  stats: VmStats[];
  /** Refs that lead nowhere. */
  missing: { ref: string; error: ErrorBody }[];
  /** When to ask again, for whoever watches. */
  intervalMs: number;
}

/** Whether a VM does what it should. */
export interface VmHealth {
  id: string;
  name: string;
  state: VmSummary["state"];
  status: "healthy" | "starting" | "degraded" | "unhealthy" | "stopped";
  vmmAlive: boolean;
  /** Null when it does not answer. */
  agent: {
    build: { version: string; commit: string; time: string };
    protocol: number;
    uptimeSeconds: number;
    bootId: string;
    init: string;
  } | null;
  /** Null when healthy. */
  problem: string | null;
  next: string | null;
}

/** The answer to `vm.health`, in the order of the refs. */
export interface HealthReply {
  results: {
    ref: string;
    health: VmHealth | null;
    error: ErrorBody | null;
  }[];
}

import os from "node:os";
import { GIB, MIB } from "../shared/size.ts";
import type { Config } from "./load.ts";

export type Provenance = "config" | "auto" | "builtin";

export interface Provided {
  readonly value: number;
  readonly from: Provenance;
}

/** What a VM gets that its user did not ask for, and where each value comes from (CFG-2). */
export interface ResolvedVmDefaults {
  readonly vcpu: Provided;
  readonly memoryMib: Provided;
  readonly diskSizeBytes: Provided;
  readonly overlaySizeBytes: Provided;
}

/** What the host has; null where it cannot be read. */
export interface HostSize {
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
}

const BUILTIN = { vcpu: 2, memoryMib: 2048, diskSizeBytes: 8 * GIB, overlaySizeBytes: 8 * GIB };

/** Three layers: config, then the host's size, then built-in values. */
export function resolveVmDefaults(config: Config["vmDefaults"], host: HostSize): ResolvedVmDefaults {
  return {
    vcpu: firstOf(config.vcpu, autoVcpu(host.cpus), BUILTIN.vcpu),
    memoryMib: firstOf(config.memoryMib, autoMemoryMib(host.memoryBytes), BUILTIN.memoryMib),
    diskSizeBytes: firstOf(config.diskSizeBytes, null, BUILTIN.diskSizeBytes),
    overlaySizeBytes: firstOf(config.overlaySizeBytes, null, BUILTIN.overlaySizeBytes),
  };
}

function firstOf(config: number | null, auto: number | null, builtin: number): Provided {
  if (config !== null) return { value: config, from: "config" };
  return auto === null ? { value: builtin, from: "builtin" } : { value: auto, from: "auto" };
}

/** cpus/4, from 1 to 4. */
function autoVcpu(cpus: number | null): number | null {
  return cpus === null ? null : clamp(Math.floor(cpus / 4), 1, 4);
}

/** RAM/8, from 2048 MiB, or a quarter of a smaller host's RAM, to 8 GiB. */
function autoMemoryMib(memoryBytes: number | null): number | null {
  if (memoryBytes === null) return null;
  const mib = memoryBytes / MIB;
  return Math.floor(clamp(mib / 8, Math.min(2048, mib / 4), 8192));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** The host's CPUs that we may use and its RAM. */
export function readHostSize(): HostSize {
  const memoryBytes = os.totalmem();
  return { cpus: os.availableParallelism() || null, memoryBytes: memoryBytes > 0 ? memoryBytes : null };
}

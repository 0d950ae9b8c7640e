import { readFile } from "node:fs/promises";
import os from "node:os";
import { parse } from "smol-toml";
import { type Provided, readHostSize, resolveVmDefaults } from "../config/defaults.ts";
import type { Config } from "../config/load.ts";
import { bangerDirs } from "../config/paths.ts";
import { formatDuration, parseDuration } from "../shared/duration.ts";
import { formatSize, parseSize } from "../shared/size.ts";
import type { ResolvedDefault } from "./command.ts";

export type ResolvedDefaults = Readonly<Record<ResolvedDefault, string>>;

/**
 * The values that a VM gets here, as help shows them, with where each comes from (CFG-2). Reads the few keys that it shows by itself: the
 * schema that checks the whole file would make the CLI several times larger, and slower to start. A file with errors in it is the
 * daemon's to complain about; here its keys are as if they were not set.
 */
export async function resolvedDefaults(
  env: Readonly<Record<string, string | undefined>>,
): Promise<ResolvedDefaults> {
  const dirs = bangerDirs({ env, home: os.homedir(), uid: process.getuid?.() ?? 0 });
  const config = tableOf(await readToml(dirs.configFile));
  const given = tableOf(config.vm_defaults);
  const vmDefaults: Config["vmDefaults"] = {
    vcpu: countOf(given.vcpu),
    memoryMib: countOf(given.memory_mib),
    diskSizeBytes: readWith(parseSize, given.disk_size),
    overlaySizeBytes: readWith(parseSize, given.system_overlay_size),
  };
  const vm = resolveVmDefaults(vmDefaults, readHostSize());
  return {
    vcpu: from(vm.vcpu, String),
    memoryMib: from(vm.memoryMib, (mib) => `${mib}M`),
    diskSizeBytes: from(vm.diskSizeBytes, formatSize),
    overlaySizeBytes: from(vm.overlaySizeBytes, formatSize),
    image: typeof config.default_image_name === "string" ? config.default_image_name : "debian-bookworm",
    bootTimeout: formatDuration(readWith(parseDuration, config.boot_timeout) ?? 90_000),
  };
}

function from(provided: Provided, format: (value: number) => string): string {
  return `${format(provided.value)} (${provided.from})`;
}

async function readToml(file: string): Promise<unknown> {
  try {
    return parse(await readFile(file, "utf8"));
  } catch {
    return {};
  }
}

function tableOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function countOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}

function readWith(parseText: (text: string) => number, value: unknown): number | null {
  try {
    return typeof value === "string" ? parseText(value) : null;
  } catch {
    return null;
  }
}

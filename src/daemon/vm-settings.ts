import os from "node:os";
import { readHostSize, resolveVmDefaults } from "../config/defaults.ts";
import type { Config } from "../config/load.ts";
import type { Dirs } from "../config/paths.ts";
import type { VmSettings } from "../services/vm/deps.ts";
import { MIB } from "../shared/size.ts";

/** How long a guest has to shut down before it is killed, in milliseconds. */
const STOP_TIMEOUT_MS = 30_000;

/** What the VM services need of the configuration and of the host's size. */
export function settingsOf(config: Config, dirs: Dirs): VmSettings {
  const defaults = resolveVmDefaults(config.vmDefaults, readHostSize());
  return {
    defaultImage: config.defaultImageName,
    vcpu: defaults.vcpu.value,
    memoryMib: defaults.memoryMib.value,
    diskSizeBytes: defaults.diskSizeBytes.value,
    overlaySizeBytes: defaults.overlaySizeBytes.value,
    bootTimeoutMs: config.bootTimeoutMs,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    firstUid: config.vmmUidRange.first,
    lastUid: config.vmmUidRange.last,
    stateDirectory: dirs.state,
    hostCpus: os.availableParallelism(),
    hostMemoryMib: Math.floor(os.totalmem() / MIB),
  };
}

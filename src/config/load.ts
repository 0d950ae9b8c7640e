import { readFile } from "node:fs/promises";
import os from "node:os";
import { parse, TomlError } from "smol-toml";
import type { z } from "zod";
import type { FileSyncEntry } from "../domain/file-sync.ts";
import type { StorageKind, VmmKind } from "../domain/vm.ts";
import { BangerError, errorCode, errorMessage } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { type ConfigFile, configSchema, keysOf } from "./schema.ts";

/** config.toml, checked, with defaults in place (CFG-1). Null is "not set". */
export interface Config {
  /** The file it was (or would be) read from. */
  readonly file: string;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** Absolute; null: found on PATH. */
  readonly firecrackerBin: string | null;
  readonly qemuBin: string | null;
  readonly vmm: "auto" | VmmKind;
  readonly storage: "auto" | StorageKind;
  /** Absolute; null: made under the state directory (CFG-5). */
  readonly sshKeyPath: string | null;
  readonly defaultImageName: string;
  readonly networkCidr: string;
  /** How many TAP devices are kept ready for the next VMs; 0: none (NET-2). */
  readonly tapPool: number;
  /** Where the DNS server answers programs of this host (NET-4). */
  readonly dnsListen: { readonly address: string; readonly port: number };
  readonly vmmUidRange: { readonly first: number; readonly last: number };
  readonly bootTimeoutMs: number;
  readonly statsPollIntervalMs: number;
  /** Null: VMs are never stopped for being idle (VM-14). */
  readonly autoStopStaleAfterMs: number | null;
  readonly vmDefaults: {
    readonly vcpu: number | null;
    readonly memoryMib: number | null;
    readonly diskSizeBytes: number | null;
    readonly overlaySizeBytes: number | null;
  };
  /** Empty: nothing of the host's files reaches a guest (CFG-3). */
  readonly fileSync: readonly FileSyncEntry[];
}

/**
 * Reads and checks config.toml; a missing file is all defaults. Throws ERR_CONFIG_UNREADABLE, ERR_CONFIG_SYNTAX (with line and
 * column) or ERR_CONFIG_INVALID, which names the file, every wrong key and what was expected there.
 */
export async function loadConfig(file: string, home: string = os.homedir()): Promise<Config> {
  return parseConfig(file, await readText(file), home);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return "";
    throw new BangerError("ERR_CONFIG_UNREADABLE", `${file} cannot be read: ${errorMessage(cause)}`, {
      next: "make it a file that you can read, or remove it",
      cause,
    });
  }
}

/** The same for text that was read already. */
export function parseConfig(file: string, text: string, home: string): Config {
  const checked = configSchema(home).safeParse(parseToml(file, text));
  if (!checked.success) {
    const problems = checked.error.issues.flatMap(describe);
    throw new BangerError("ERR_CONFIG_INVALID", `${file}: ${problems.join("; ")}`, {
      next: `correct it in ${file}`,
      details: { file, problems },
    });
  }
  return withDefaults(file, checked.data);
}

function parseToml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const reason = cause.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
    throw new BangerError(
      "ERR_CONFIG_SYNTAX",
      `${file}, line ${cause.line}, column ${cause.column}: not valid TOML: ${reason}`,
      { next: `correct it in ${file}`, cause },
    );
  }
}

/** `vm_defaults.vcpu: expected …`; entries of lists are `file_sync[1].host`. */
function describe(issue: z.core.$ZodIssue): string[] {
  const at = (keys: readonly PropertyKey[]) =>
    `\`${keys.reduce<string>((text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}${text === "" ? "" : "."}${String(key)}`), "")}\``;
  if (issue.code !== "unrecognized_keys") return [`${at(issue.path)}: ${issue.message}`];
  return issue.keys.map((key) => {
    const known = keysOf(issue.path);
    const guess = nearest(key, known);
    const advice =
      guess === null
        ? `the keys here are ${known.join(", ")}`
        : `did you mean ${at([...issue.path, guess])}?`;
    return `${at([...issue.path, key])}: unknown key; ${advice}`;
  });
}

function withDefaults(file: string, given: ConfigFile): Config {
  return {
    file,
    logLevel: given.log_level ?? "info",
    firecrackerBin: given.firecracker_bin ?? null,
    qemuBin: given.qemu_bin ?? null,
    vmm: given.vmm ?? "auto",
    storage: given.storage ?? "auto",
    sshKeyPath: given.ssh_key_path ?? null,
    defaultImageName: given.default_image_name ?? "debian-bookworm",
    networkCidr: given.network_cidr ?? "172.30.0.0/16",
    tapPool: given.tap_pool ?? 4,
    dnsListen: given.dns_listen ?? { address: "127.0.0.1", port: 42_069 },
    vmmUidRange: given.vmm_uid_range ?? { first: 2_147_352_576, last: 2_147_418_111 },
    bootTimeoutMs: given.boot_timeout ?? 90_000,
    statsPollIntervalMs: given.stats_poll_interval ?? 1_000,
    autoStopStaleAfterMs: given.auto_stop_stale_after ?? null,
    vmDefaults: {
      vcpu: given.vm_defaults?.vcpu ?? null,
      memoryMib: given.vm_defaults?.memory_mib ?? null,
      diskSizeBytes: given.vm_defaults?.disk_size ?? null,
      overlaySizeBytes: given.vm_defaults?.system_overlay_size ?? null,
    },
    fileSync: given.file_sync ?? [],
  };
}

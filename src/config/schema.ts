import { isIPv4 } from "node:net";
import { z } from "zod";
import { parseDuration } from "../shared/duration.ts";
import { ipv4ToNumber, parseNetwork } from "../shared/ipv4.ts";
import { parseSize } from "../shared/size.ts";
import { FILE_SYNC_KEYS, fileSyncSchema } from "./file-sync.ts";
import { expandHome } from "./paths.ts";

/** The least and the most uid that VMs may be given: above all that login tools hand out, below (uid_t) -2. */
const UID_MIN = 65_536;
const UID_MAX = 4_294_967_293;
const UID_RANGE_LEAST = 256;

/** A value read by `read`, which returns undefined for what is not as expected. */
function reader<T>(expected: string, read: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    context.addIssue({ code: "custom", message: `expected ${expected}` });
    return z.NEVER;
  });
}

function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: () => `expected one of ${values.map((value) => `"${value}"`).join(", ")}` });
}

function parsed<T>(expected: string, parse: (text: string) => T) {
  return reader(expected, (value) => {
    if (typeof value !== "string") return undefined;
    try {
      return parse(value);
    } catch {
      return undefined;
    }
  });
}

const count = (expected: string, least: number, most: number) =>
  reader(expected, (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? value
      : undefined,
  );

const size = parsed('a size such as "512M" or "8G"', parseSize);

function networkOf(text: string): string | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text);
  const octets = match?.[1]?.split(".").map(Number) ?? [];
  const prefix = Number(match?.[2]);
  if (match === null || octets.some((octet) => octet > 255) || prefix < 8 || prefix > 29) return undefined;
  return parseNetwork(text).base === ipv4ToNumber(match[1] ?? "") ? text : undefined;
}

function uidRangeOf(text: string): { first: number; last: number } | undefined {
  const match = /^(\d+)-(\d+)$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  const ok = first >= UID_MIN && last <= UID_MAX && last - first + 1 >= UID_RANGE_LEAST;
  return ok ? { first, last } : undefined;
}

function endpointOf(text: string): { address: string; port: number } | undefined {
  const match = /^([\d.]+):(\d{1,5})$/.exec(text);
  const [address = "", port] = [match?.[1], Number(match?.[2])];
  return isIPv4(address) && port >= 1 && port <= 65_535 ? { address, port } : undefined;
}

/** The schema of config.toml. Every key here has a reader; `home` is what `~` stands for. */
export function configSchema(home: string) {
  const file = (expected: string) => parsed(expected, (text) => expandHome(text, home) ?? undefined);
  return z.strictObject({
    log_level: oneOf(["debug", "info", "warn", "error"]).optional(),
    firecracker_bin: file("an absolute path or one under `~/`").optional(),
    qemu_bin: file("an absolute path or one under `~/`").optional(),
    vmm: oneOf(["auto", "firecracker", "qemu"]).optional(),
    storage: oneOf(["auto", "dm-snapshot", "reflink", "overlay", "copy"]).optional(),
    ssh_key_path: file("an absolute path or one under `~/`").optional(),
    default_image_name: reader("the name of an image", (value) =>
      typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value) ? value : undefined,
    ).optional(),
    network_cidr: parsed("an IPv4 network from /8 to /29 such as 172.30.0.0/16", networkOf).optional(),
    tap_pool: count("a whole number of TAP devices from 0 to 64", 0, 64).optional(),
    dns_listen: parsed('an IPv4 address and a port such as "127.0.0.1:42069"', endpointOf).optional(),
    vmm_uid_range: parsed(
      `"first-last", at least ${UID_RANGE_LEAST} user ids from ${UID_MIN} to ${UID_MAX}`,
      uidRangeOf,
    ).optional(),
    boot_timeout: parsed('a duration such as "90s"', parseDuration).optional(),
    stats_poll_interval: parsed('a duration such as "1s"', parseDuration).optional(),
    auto_stop_stale_after: parsed('a duration such as "2h", or "off"', (text) =>
      text === "off" ? null : parseDuration(text),
    ).optional(),
    vm_defaults: z
      .strictObject(
        {
          vcpu: count("a whole number of CPUs from 1 to 256", 1, 256).optional(),
          memory_mib: count("a whole number of MiB from 1", 1, 2 ** 31).optional(),
          disk_size: size.optional(),
          system_overlay_size: size.optional(),
        },
        { error: (issue) => (issue.code === "invalid_type" ? "expected a table" : undefined) },
      )
      .optional(),
    file_sync: fileSyncSchema(home),
  });
}

export type ConfigFile = z.infer<ReturnType<typeof configSchema>>;

/** The keys of one table of the file, for suggestions. */
export function keysOf(tablePath: readonly PropertyKey[]): string[] {
  const schema = configSchema("/");
  if (tablePath[0] === "file_sync") return FILE_SYNC_KEYS;
  return tablePath[0] === "vm_defaults"
    ? Object.keys(schema.shape.vm_defaults.unwrap().shape)
    : Object.keys(schema.shape);
}

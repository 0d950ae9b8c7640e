import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { loadConfig, parseConfig } from "../../../src/config/load.ts";

const FILE = "/home/me/.config/banger/config.toml";
const parse = (text: string) => parseConfig(FILE, text, "/home/me");

function failureOf(text: string): { code: string; message: string; next: string } {
  try {
    parse(text);
  } catch (error) {
    return error as never;
  }
  throw new Error("it was accepted");
}

test("an empty file is all defaults", () => {
  expect(parse("")).toEqual({
    file: FILE,
    logLevel: "info",
    firecrackerBin: null,
    qemuBin: null,
    ...{ vmm: "auto", storage: "auto" },
    sshKeyPath: null,
    defaultImageName: "debian-bookworm",
    ...{ networkCidr: "172.30.0.0/16", tapPool: 4 },
    dnsListen: { address: "127.0.0.1", port: 42_069 },
    vmmUidRange: { first: 2_147_352_576, last: 2_147_418_111 },
    bootTimeoutMs: 90_000,
    statsPollIntervalMs: 1_000,
    autoStopStaleAfterMs: null,
    vmDefaults: { vcpu: null, memoryMib: null, diskSizeBytes: null, overlaySizeBytes: null },
    fileSync: [],
  });
});

test("every key is read", () => {
  const config = parse(`
    log_level = "debug"
    firecracker_bin = "/opt/fc/firecracker"
    qemu_bin = "~/bin/../qemu/qemu-system-x86_64"
    vmm = "firecracker"
    storage = "copy"
    ssh_key_path = "/keys/./id_ed25519"
    default_image_name = "mine"
    network_cidr = "10.20.0.0/20"
    dns_listen = "127.0.0.2:53"
    tap_pool = 9
    vmm_uid_range = "100000-165535"
    boot_timeout = "2m30s"
    stats_poll_interval = "500ms"
    auto_stop_stale_after = "2h"
    [vm_defaults]
    vcpu = 3
    memory_mib = 1000
    disk_size = "20G"
    system_overlay_size = "512M"
    [[file_sync]]
    host = "~/.config/./app/"
    guest = "~/.config/app"
    [[file_sync]]
    host = "/etc/motd"
    guest = "/root/motd"
    mode = "0644"
  `);
  expect(config).toEqual({
    file: FILE,
    logLevel: "debug",
    firecrackerBin: "/opt/fc/firecracker",
    qemuBin: "/home/me/qemu/qemu-system-x86_64",
    ...{ vmm: "firecracker", storage: "copy" },
    sshKeyPath: "/keys/id_ed25519",
    defaultImageName: "mine",
    ...{ networkCidr: "10.20.0.0/20", tapPool: 9 },
    dnsListen: { address: "127.0.0.2", port: 53 },
    vmmUidRange: { first: 100_000, last: 165_535 },
    bootTimeoutMs: 150_000,
    statsPollIntervalMs: 500,
    autoStopStaleAfterMs: 7_200_000,
    vmDefaults: {
      vcpu: 3,
      memoryMib: 1000,
      diskSizeBytes: 20 * 1024 ** 3,
      overlaySizeBytes: 512 * 1024 ** 2,
    },
    fileSync: [
      { host: "/home/me/.config/app", guest: "/root/.config/app", mode: null },
      { host: "/etc/motd", guest: "/root/motd", mode: 0o644 },
    ],
  });
});

test.each([
  ["log_level = 3", "`log_level`: expected one of"],
  ['vmm = "kvm"', '`vmm`: expected one of "auto", "firecracker", "qemu"'],
  ['firecracker_bin = "firecracker"', "`firecracker_bin`: expected an absolute path"],
  ['storage = "tape"', '`storage`: expected one of "auto", "dm-snapshot", "reflink", "overlay", "copy"'],
  ['qemu_bin = "qemu-system-x86_64"', "`qemu_bin`: expected an absolute path"],
  ['ssh_key_path = "~bob/key"', "`ssh_key_path`: expected an absolute path or one under `~/`"],
  ['ssh_key_path = ""', "`ssh_key_path`: expected"],
  ['default_image_name = "a/b"', "`default_image_name`: expected the name of an image"],
  ['network_cidr = "10.0.0.1/16"', "`network_cidr`: expected an IPv4 network"],
  ['network_cidr = "10.0.0.0/30"', "`network_cidr`: expected"],
  ['network_cidr = "10.0.0.256/16"', "`network_cidr`: expected"],
  ['network_cidr = "fd00::/64"', "`network_cidr`: expected"],
  ["tap_pool = 65", "`tap_pool`: expected a whole number of TAP devices from 0 to 64"],
  ['dns_listen = "127.0.0.1"', "`dns_listen`: expected an IPv4 address and a port"],
  ['dns_listen = "localhost:53"', "`dns_listen`: expected"],
  ['dns_listen = "127.0.0.1:65536"', "`dns_listen`: expected"],
  ['vmm_uid_range = "0-65535"', "`vmm_uid_range`: expected"],
  ['vmm_uid_range = "100000-100001"', "`vmm_uid_range`: expected"],
  ['vmm_uid_range = "200000-100000"', "`vmm_uid_range`: expected"],
  ["boot_timeout = 90", '`boot_timeout`: expected a duration such as "90s"'],
  ['boot_timeout = "0s"', "`boot_timeout`: expected"],
  ["vm_defaults = 3", "`vm_defaults`: expected a table"],
  ["[vm_defaults]\nvcpu = 0", "`vm_defaults.vcpu`: expected a whole number of CPUs"],
  ["[vm_defaults]\nvcpu = 1.5", "`vm_defaults.vcpu`: expected"],
  ["[vm_defaults]\nmemory_mib = -1", "`vm_defaults.memory_mib`: expected a whole number of MiB"],
  ['[vm_defaults]\ndisk_size = "8"', '`vm_defaults.disk_size`: expected a size such as "512M" or "8G"'],
  ["[vm_defaults]\ndisk_size = 8", "`vm_defaults.disk_size`: expected"],
])("%s is refused: %s", (text, expected) => {
  const failure = failureOf(text);
  expect(failure.code).toBe("ERR_CONFIG_INVALID");
  expect(failure.message).toContain(`${FILE}: `);
  expect(failure.message).toContain(expected);
  expect(failure.next).toContain(FILE);
});

const ENTRY = { host: "/a", guest: "~/a" };
test.each([
  [{ ...ENTRY, host: "" }, "host`: expected an absolute path or one under `~/`"],
  [{ ...ENTRY, host: "a" }, "host`: expected"],
  [{ ...ENTRY, host: "~" }, "host`: expected"],
  [{ ...ENTRY, host: "~bob/a" }, "host`: expected"],
  [{ ...ENTRY, host: "/a/../b" }, "host`: expected"],
  [{ ...ENTRY, host: "~/.." }, "host`: expected"],
  [{ ...ENTRY, guest: "" }, "guest`: expected a path under `~/` or `/root/`"],
  [{ ...ENTRY, guest: "~" }, "guest`: expected"],
  [{ ...ENTRY, guest: "~/" }, "guest`: expected"],
  [{ ...ENTRY, guest: "/root/." }, "guest`: expected"],
  [{ ...ENTRY, guest: "/etc/passwd" }, "guest`: expected"],
  [{ ...ENTRY, guest: "/rootkit/a" }, "guest`: expected"],
  [{ ...ENTRY, guest: "/root/../etc/a" }, "guest`: expected"],
  [{ ...ENTRY, guest: "~bob/a" }, "guest`: expected"],
  [{ ...ENTRY, mode: "rw" }, 'mode`: expected an octal mode in quotes such as "0600"'],
  [{ ...ENTRY, mode: "0888" }, "mode`: expected"],
  [{ ...ENTRY, mode: "4755" }, "mode`: expected"],
  [{ ...ENTRY, mode: 600 }, "mode`: expected"],
  [{ host: "/a" }, "guest`: expected"],
])("file_sync: %j is refused, and its index named (CFG-3)", (entry, expected) => {
  const table = (value: object) =>
    `[[file_sync]]\n${Object.entries(value)
      .map(([key, each]) => `${key} = ${JSON.stringify(each)}\n`)
      .join("")}`;
  const failure = failureOf(table(ENTRY) + table(entry));
  expect(failure.code).toBe("ERR_CONFIG_INVALID");
  expect(failure.message).toContain(`\`file_sync[1].${expected}`);
});

test("file_sync: an unknown key suggests the nearest one; a table alone is no list", () => {
  const message = failureOf('[[file_sync]]\nhost = "/a"\nguest = "~/a"\nmod = "0600"').message;
  expect(message).toContain("`file_sync[0].mod`: unknown key; did you mean `file_sync[0].mode`?");
  expect(failureOf('[file_sync]\nhost = "/a"').message).toContain(
    "`file_sync`: expected tables: `[[file_sync]]`",
  );
});

test("an unknown key suggests the nearest one, in its table", () => {
  expect(failureOf("log_levl = 1").message).toContain("`log_levl`: unknown key; did you mean `log_level`?");
  expect(failureOf("[vm_defaults]\ndisksize = 1").message).toContain("did you mean `vm_defaults.disk_size`?");
  expect(failureOf("whatever_it_is = 1").message).toContain("the keys here are log_level, ");
});

test("all that is wrong is said at once", () => {
  expect(failureOf('vmm = "x"\nboot_timeout = 1').message).toMatch(/`vmm`: .*; `boot_timeout`: /);
});

test("what is not TOML names line and column", () => {
  expect(failureOf("vmm = \n")).toMatchObject({
    code: "ERR_CONFIG_SYNTAX",
    message: expect.stringContaining(`${FILE}, line 1, column`),
  });
});

test("a missing file is all defaults; one that cannot be read is an error", async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), "banger-config-"));
  const file = path.join(directory, "config.toml");
  try {
    expect((await loadConfig(file)).vmm).toBe("auto");
    writeFileSync(file, 'vmm = "qemu"');
    expect((await loadConfig(file)).vmm).toBe("qemu");
    rmSync(file);
    mkdirSync(file);
    await expect(loadConfig(file)).rejects.toMatchObject({ code: "ERR_CONFIG_UNREADABLE" });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { describe, expect, it } from "vitest";
import { configTar } from "../../../../src/guest/config/config-tar.ts";
import { guestFiles, machineId } from "../../../../src/guest/config/guest-files.ts";

const vmId = "0123456789abcdef0123456789abcdef";
const bootToken = "ab".repeat(16);
const network = { mac: "02:62:67:00:00:01", address: "172.30.0.2", gateway: "172.30.0.1" };

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly text: string;
}

async function readTar(tar: Buffer): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const reader = extract();
  Readable.from([tar]).pipe(reader as unknown as NodeJS.WritableStream);
  for await (const source of reader) {
    const { name, mode, uid, gid } = source.header;
    entries.set(name, { name, mode, uid, gid, text: (await buffer(source)).toString() });
  }
  return entries;
}

async function write() {
  const files = guestFiles({
    vmId,
    hostname: "brave-otter",
    address: network.address,
    mac: network.mac,
    resolver: network.gateway,
    hostKey: { privateKey: "PRIVATE\n", publicKey: "ssh-ed25519 AAAA brave-otter" },
    authorizedKeys: ["ssh-ed25519 BBBB me"],
    git: { name: "Ada", email: null },
  });
  const manifest = {
    protocol: 1,
    vmId,
    hostname: "brave-otter",
    bootToken,
    network,
    root: { grow: true, init: "/sbin/init", overlay: false },
    work: { mount: "/root", grow: true },
    clock: { unixNanoseconds: "1790000000000000000" },
    shutdownGraceSeconds: 10,
  } as const;
  return configTar(manifest, files, new Date(1_790_000_000_000));
}

describe("configTar", () => {
  it("is a disk: whole pages, zeros after the tar, the manifest first", async () => {
    const tar = await write();
    expect(tar.length % 4096).toBe(0);
    expect(tar.subarray(-1024).every((byte) => byte === 0)).toBe(true);
    expect([...(await readTar(tar)).keys()][0]).toBe("banger/config.json");
  });

  it("lists every file that it delivers, and only those, as managed", async () => {
    const entries = await readTar(await write());
    const manifest = JSON.parse(entries.get("banger/config.json")?.text ?? "");
    const delivered = [...entries.keys()].filter((name) => name.startsWith("files/") && !name.endsWith("/"));
    const files = delivered.filter((name) => entries.get(name)?.text !== "").map((name) => name.slice(5));
    expect(manifest.managed).toEqual(files);
    expect(manifest).toMatchObject({ protocol: 1, vmId, bootToken, network });
  });

  it("keeps the boot token in the manifest alone", async () => {
    for (const entry of (await readTar(await write())).values()) {
      if (entry.name !== "banger/config.json") expect(entry.text).not.toContain(bootToken);
    }
  });

  it("gives root everything, and keys to root alone", async () => {
    const entries = await readTar(await write());
    expect([...entries.values()].every(({ uid, gid }) => uid === 0 && gid === 0)).toBe(true);
    const mode = (name: string) => (entries.get(`files${name}`) ?? entries.get(`files${name}/`))?.mode;
    expect(mode("/etc/ssh/ssh_host_ed25519_key")).toBe(0o600);
    expect(mode("/root/.ssh/authorized_keys")).toBe(0o600);
    expect(mode("/root/.ssh")).toBe(0o700);
    expect(mode("/root")).toBe(0o755);
  });

  it("sets sshd as it must be (GST-4), and nothing else of it", async () => {
    const text = (await readTar(await write())).get("files/etc/ssh/sshd_config.d/00-banger.conf")?.text;
    expect(text?.split("\n")).toEqual([
      "# Managed by banger; rewritten at each start",
      "PermitRootLogin prohibit-password",
      "PubkeyAuthentication yes",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "HostKey /etc/ssh/ssh_host_ed25519_key",
      "",
    ]);
  });

  it("says in their first line which files are managed, where the format can (GST-3)", async () => {
    const entries = await readTar(await write());
    for (const name of ["/etc/hosts", "/etc/resolv.conf", "/root/.ssh/authorized_keys", "/root/.gitconfig"]) {
      expect(entries.get(`files${name}`)?.text).toMatch(/^# Managed by banger/);
    }
    expect(entries.get("files/etc/hosts")?.text).toContain("\n172.30.0.2 brave-otter\n");
    expect(entries.get("files/etc/hostname")?.text).toBe("brave-otter\n");
  });
});

describe("machineId", () => {
  it("is stable for a VM, another for another, and not the VM's id", () => {
    expect(machineId(vmId)).toMatch(/^[0-9a-f]{32}$/);
    expect(machineId(vmId)).toBe(machineId(vmId));
    expect(machineId(vmId)).not.toBe(vmId);
    expect(machineId("f".repeat(32))).not.toBe(machineId(vmId));
  });
});

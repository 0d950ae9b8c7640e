import { createHash } from "node:crypto";
import type { GitIdentity } from "../../domain/file-sync.ts";
import { gitConfigLines } from "./git-config.ts";
import type { SshKey } from "./ssh-key.ts";

/** A file or directory that banger lays over the guest's root (docs/guest-protocol.md); root owns all of them. */
export type GuestFile =
  | { readonly type: "file"; readonly path: string; readonly mode: number; readonly text: string | Buffer }
  | { readonly type: "symlink"; readonly path: string; readonly target: string }
  | { readonly type: "directory"; readonly path: string; readonly mode: number };

export interface GuestIdentity {
  readonly vmId: string;
  readonly hostname: string;
  readonly address: string;
  readonly mac: string;
  readonly resolver: string;
  readonly hostKey: SshKey;
  /** Lines of authorized_keys. */
  readonly authorizedKeys: readonly string[];
  readonly git: GitIdentity;
}

const GIT_CONFIG = "/root/.gitconfig";
const MANAGED = "# Managed by banger; rewritten at each start";

/**
 * Who a guest is (GST-3) and how its sshd behaves (GST-4). Files whose format has comments say in their first line that they are managed;
 * machine-id and keys cannot, and /etc/hostname is read by too many scripts as one word. A directory comes before what is in it.
 */
export function guestFiles(guest: GuestIdentity): GuestFile[] {
  const gitConfig = gitConfigLines(guest.git);
  return [
    file("/etc/hostname", [guest.hostname]),
    managed("/etc/hosts", [
      "127.0.0.1 localhost",
      "::1 localhost ip6-localhost ip6-loopback",
      "ff02::1 ip6-allnodes",
      "ff02::2 ip6-allrouters",
      `${guest.address} ${guest.hostname}`,
    ]),
    managed("/etc/resolv.conf", [`nameserver ${guest.resolver}`]),
    file("/etc/machine-id", [machineId(guest.vmId)], 0o444),
    directory("/etc/systemd"),
    directory("/etc/systemd/network"),
    // banger-init has brought the link up; networkd would flush its address.
    managed("/etc/systemd/network/00-banger.network", [
      "[Match]",
      `MACAddress=${guest.mac}`,
      "",
      "[Link]",
      "Unmanaged=yes",
    ]),
    directory("/etc/ssh"),
    directory("/etc/ssh/sshd_config.d"),
    managed("/etc/ssh/sshd_config.d/00-banger.conf", [
      "PermitRootLogin prohibit-password",
      "PubkeyAuthentication yes",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      // Keys that an image was built with are the same in every VM.
      "HostKey /etc/ssh/ssh_host_ed25519_key",
    ]),
    { ...file("/etc/ssh/ssh_host_ed25519_key", [guest.hostKey.privateKey.trimEnd()]), mode: 0o600 },
    file("/etc/ssh/ssh_host_ed25519_key.pub", [guest.hostKey.publicKey]),
    directory("/root"),
    directory("/root/.ssh", 0o700),
    { ...managed("/root/.ssh/authorized_keys", guest.authorizedKeys), mode: 0o600 },
    ...(gitConfig === null ? [] : [managed(GIT_CONFIG, gitConfig)]),
  ];
}

/**
 * What the user has synced (CFG-3), then banger's own: a VM that could not be reached for a file of the user's would be no use. Only the git
 * configuration gives way to one of his. `warnings` says what was left out.
 */
export function withSynced(
  own: readonly GuestFile[],
  synced: readonly GuestFile[],
): { files: GuestFile[]; warnings: string[] } {
  const theirs = new Set(synced.map(({ path }) => path));
  const kept = own.filter(({ path }) => path !== GIT_CONFIG || !theirs.has(path));
  const taken = new Map(kept.map((each) => [each.path, each.type]));
  const clashes = synced.filter(
    ({ path, type }) => taken.has(path) && (type !== "directory" || taken.get(path) !== type),
  );
  // The last of several entries for one path counts, as it would in the guest.
  const last = new Map(synced.map((each) => [each.path, each]));
  for (const { path } of clashes) last.delete(path);
  return {
    files: [...last.values(), ...kept],
    warnings: clashes.map(({ path }) => `file_sync: ${path} is banger's own in a guest and is left out`),
  };
}

/** Stable for a VM, and not its id: systemd's machine-id(5) asks that it be kept confidential. */
export function machineId(vmId: string): string {
  return createHash("sha256").update(`banger machine-id ${vmId}`).digest("hex").slice(0, 32);
}

function file(path: string, lines: readonly string[], mode = 0o644): GuestFile & { type: "file" } {
  return { type: "file", path, mode, text: `${lines.join("\n")}\n` };
}

function managed(path: string, lines: readonly string[]): GuestFile & { type: "file" } {
  return file(path, [MANAGED, ...lines]);
}

function directory(path: string, mode = 0o755): GuestFile {
  return { type: "directory", path, mode };
}

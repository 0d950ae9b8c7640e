import { createHash } from "node:crypto";
import type { SshKey } from "./ssh-key.ts";

/** A file or directory that banger lays over the guest's root (docs/guest-protocol.md); root owns all of them. */
export type GuestFile =
  | { readonly type: "file"; readonly path: string; readonly mode: number; readonly text: string }
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
}

const MANAGED = "# Managed by banger; rewritten at each start";

/**
 * Who a guest is (GST-3) and how its sshd behaves (GST-4). Files whose format has comments say in their first line that they are managed;
 * machine-id and keys cannot, and /etc/hostname is read by too many scripts as one word. A directory comes before what is in it.
 */
export function guestFiles(guest: GuestIdentity): GuestFile[] {
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
  ];
}

/** Stable for a VM, and not its id: systemd's machine-id(5) asks that it be kept confidential. */
export function machineId(vmId: string): string {
  return createHash("sha256").update(`banger machine-id ${vmId}`).digest("hex").slice(0, 32);
}

function file(path: string, lines: readonly string[], mode = 0o644): GuestFile {
  return { type: "file", path, mode, text: `${lines.join("\n")}\n` };
}

function managed(path: string, lines: readonly string[]): GuestFile {
  return file(path, [MANAGED, ...lines]);
}

function directory(path: string, mode = 0o755): GuestFile {
  return { type: "directory", path, mode };
}

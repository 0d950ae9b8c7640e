import type { Duplex } from "node:stream";
import type { Problem } from "./ports.ts";

/** How banger's block in the user's own ssh configuration begins (SSH-2). */
export const SSH_CONFIG_MARK = "# >>> banger >>>";

/** How to reach a guest by SSH, and which host key to expect there (SSH-1). Files are the host's. */
export interface SshTarget {
  /** The VM's name. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The user's private key, whose public half the guest got at its last start (GST-3). */
  readonly identityFile: string;
  /** banger's own known_hosts; the user's is never touched. */
  readonly knownHostsFile: string;
  /** The name to look up there: `<name>.vm`. */
  readonly hostKeyAlias: string;
}

/** Host keys that clients accept. The daemon is the one writer. */
export interface KnownHosts {
  readonly file: string;
  /** Makes `publicKey` (`ssh-ed25519 AAAA…`) the only key under these names. */
  pin(names: readonly string[], publicKey: string): Promise<void>;
  /** What keeps keys from being pinned, or null: every VM would fail for it. */
  problem(): Promise<Problem | null>;
  /** Forgets these names. */
  unpin(names: readonly string[]): Promise<void>;
}

/** An SSH client of our own, for hosts that have none. */
export interface SshClient {
  /**
   * Connects, verifies the host key against the target's known_hosts, authenticates as `user`, and resolves with the server's end of an exec
   * stream (docs/guest-protocol.md). ERR_SSH_HOST_KEY, ERR_SSH_REFUSED, ERR_SSH_FAILED.
   */
  open(target: SshTarget, user: string, signal: AbortSignal): Promise<Duplex>;
}

/** Under which names a VM's host key is pinned. */
export function knownHostNames(vm: { readonly name: string; readonly address: string }): string[] {
  return [hostKeyAlias(vm.name), vm.address];
}

export function hostKeyAlias(name: string): string {
  return `${name}.vm`;
}

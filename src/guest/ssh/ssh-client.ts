import { readFile } from "node:fs/promises";
import { type Duplex, duplexPair } from "node:stream";
import ssh2 from "ssh2";
import type { SshClient, SshTarget } from "../../domain/ssh.ts";
import { BangerError, errorMessage } from "../../shared/errors.ts";
import { pinnedKeys } from "./known-hosts.ts";
import { serveExec } from "./serve-exec.ts";

/** From the connection to the end of authentication, in milliseconds: as long as sshd itself waits (LoginGraceTime). */
const READY_MS = 120_000;
const KEEPALIVE_MS = 15_000;

/** ssh2 behind the port: an exec stream on one side, an SSH session on the other. */
export class Ssh2Client implements SshClient {
  async open(target: SshTarget, user: string, signal: AbortSignal): Promise<Duplex> {
    const [privateKey, keys] = await Promise.all([
      readFile(target.identityFile),
      pinnedKeys(target.knownHostsFile, target.hostKeyAlias),
    ]);
    const client = await connect(target, { user, privateKey, keys }, signal);
    const [theirs, ours] = duplexPair();
    // A side of a pair that is destroyed does not say so to the other.
    theirs.once("close", () => ours.destroy());
    serveExec(ours, client);
    return theirs;
  }
}

interface Credentials {
  readonly user: string;
  readonly privateKey: Buffer;
  readonly keys: readonly Buffer[];
}

function connect(target: SshTarget, { user, privateKey, keys }: Credentials, signal: AbortSignal) {
  signal.throwIfAborted();
  return new Promise<ssh2.Client>((resolve, reject) => {
    const client = new ssh2.Client();
    let impostor = false;
    const end = () => {
      client.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", end, { once: true });
    client.once("ready", () => {
      signal.removeEventListener("abort", end);
      resolve(client);
    });
    // It stays: an error without a listener would end the daemon.
    client.on("error", (cause: Error & { level?: string }) => {
      signal.removeEventListener("abort", end);
      client.destroy();
      reject(impostor ? wrongKey(target, cause) : cannotConnect(target, user, cause));
    });
    client.connect({
      host: target.address,
      port: target.port,
      username: user,
      privateKey,
      readyTimeout: READY_MS,
      keepaliveInterval: KEEPALIVE_MS,
      algorithms: { serverHostKey: ["ssh-ed25519"] },
      hostVerifier: (key: Buffer) => {
        impostor = !keys.some((each) => each.equals(key));
        return !impostor;
      },
    });
  });
}

function wrongKey(target: SshTarget, cause: unknown): BangerError {
  return new BangerError(
    "ERR_SSH_HOST_KEY",
    `whoever answers at ${target.address} does not have the host key that banger gave ${target.name}: it may be another machine in its place (a man in the middle)`,
    {
      next: `nothing was sent. If the key was changed in the guest, restart it, and it gets its own back: \`banger vm restart ${target.name}\``,
      details: { knownHosts: target.knownHostsFile, name: target.hostKeyAlias },
      cause,
    },
  );
}

function cannotConnect(target: SshTarget, user: string, cause: Error & { level?: string }): BangerError {
  if (cause.level === "client-authentication") {
    return new BangerError(
      "ERR_SSH_REFUSED",
      `${target.name} does not let ${user} in with the key ${target.identityFile}`,
      {
        next: `a guest gets the key when it starts: \`banger vm restart ${target.name}\`; root is who it is for`,
        cause,
      },
    );
  }
  return new BangerError("ERR_SSH_FAILED", `no SSH connection to ${target.name}: ${errorMessage(cause)}`, {
    next: `\`banger vm shell ${target.name}\` needs no SSH`,
    cause,
  });
}

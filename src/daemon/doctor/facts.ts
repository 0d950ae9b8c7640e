import { access, readFile, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type Config, loadConfig, parseConfig } from "../../config/load.ts";
import type { Dirs } from "../../config/paths.ts";
import type { ConfigOutcome } from "../../doctor/checks/config.ts";
import type { DaemonAnswer } from "../../doctor/checks/daemon.ts";
import type { SshState } from "../../doctor/checks/ssh.ts";
import type { SshConfigState } from "../../doctor/checks/ssh-config.ts";
import type { DnsState } from "../../domain/dns.ts";
import { SSH_CONFIG_MARK } from "../../domain/ssh.ts";
import { readPrivateKey } from "../../guest/config/ssh-key.ts";
import { RpcClient } from "../../rpc/client.ts";
import type { BuildInfo } from "../../shared/build-info.ts";
import { errorCode, errorMessage } from "../../shared/errors.ts";
import { findOnPath } from "../../shared/find-program.ts";

/** A daemon that has not answered by then is one that does not, in milliseconds. */
const ASK_DAEMON_MS = 15_000;

/** The configuration, or, where it has errors, the defaults and the error. */
export async function readConfig(
  dirs: Dirs,
  home: string,
): Promise<{ config: Config; outcome: ConfigOutcome }> {
  const file = dirs.configFile;
  const exists = await isThere(file);
  try {
    return { config: await loadConfig(file, home), outcome: { file, exists, error: null } };
  } catch (error) {
    return { config: parseConfig(file, "", home), outcome: { file, exists, error } };
  }
}

/** The directory itself, or the nearest one above it that is there: nothing is made for a look. */
export async function nearestDirectory(directory: string): Promise<string> {
  const found = await stat(directory).catch(() => null);
  if (found?.isDirectory() === true || path.dirname(directory) === directory) return directory;
  return nearestDirectory(path.dirname(directory));
}

export async function readSsh(
  config: Config,
  dirs: Dirs,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SshState> {
  const keyFile = config.sshKeyPath ?? path.join(dirs.ssh, "id_ed25519");
  const client = await findOnPath("ssh", (env.PATH ?? "").split(":"));
  try {
    const key = await readPrivateKey(keyFile);
    return { client, keyFile, keyError: null, keyThere: key !== null };
  } catch (error) {
    return { client, keyFile, keyError: error, keyThere: false };
  }
}

/** What `banger ssh-config --install` has left in this home, and whether the programs that it names are still there. */
export async function readSshConfig({ ssh }: Dirs, home: string): Promise<SshConfigState> {
  const file = path.join(home, ".ssh", "config");
  const ownFile = path.join(ssh, "config");
  const lines = async (name: string) => (await readFile(name, "utf8").catch(unlessMissing)).split("\n");
  const installed = (await lines(file)).some((line) => line.startsWith(SSH_CONFIG_MARK));
  const proxy = (await lines(ownFile)).find((line) => /^\s*ProxyCommand /.test(line)) ?? "";
  // Node, and banger's bundle; a word in quotes is let pass.
  const programs = proxy.split(" ").filter((word) => word.startsWith("/"));
  const needed = [ownFile, ...programs.map((word) => word.replaceAll("%%", "%"))];
  const there = await Promise.all(needed.map(isThere));
  return { file, installed, ownFile, missing: needed.filter((_, index) => there[index] === false) };
}

function unlessMissing(error: unknown): string {
  if (errorCode(error) === "ENOENT") return "";
  throw error;
}

/** Asks a daemon that runs; starts none. */
export async function askDaemon(dirs: Dirs, build: BuildInfo): Promise<DaemonAnswer> {
  let client: RpcClient;
  try {
    client = await RpcClient.connect(dirs.socket, { build });
  } catch (error) {
    if (errorCode(error) === "ERR_DAEMON_NOT_RUNNING") return { state: "none" };
    return { state: "silent", reason: errorMessage(error) };
  }
  try {
    const signal = AbortSignal.timeout(ASK_DAEMON_MS);
    const status = await client.call("daemon.status", {}, { signal });
    const { pid, runningVms } = status;
    const startedAt = new Date(status.startedAt);
    // One of another build may not know it.
    const dns: DnsState | null = status.dns ?? null;
    return { state: "running", build: status.build, pid, startedAt, runningVms, dns };
  } catch (error) {
    return { state: "silent", reason: errorMessage(error) };
  } finally {
    await client.close();
  }
}

/** When a file was last changed; null where there is none, or it cannot be looked at. */
export async function changedAt(file: string): Promise<Date | null> {
  return stat(file).then(
    ({ mtime }) => mtime,
    () => null,
  );
}

export function memoryMib(): number {
  return Math.floor(os.totalmem() / 2 ** 20);
}

export async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

import { lstat, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { HostOps } from "../../../host/host-ops.ts";
import { isMakerGone, makerMark } from "../../../shared/proc.ts";

const SIGKILL = 9;
const WORD = "banger-kvm-probe";

/**
 * The name of this process's probes: their VMMs' command lines and their directories carry it, so that both are found when this process was
 * killed (ST-5), and told from those that another daemon or doctor is just making.
 */
export async function probeName(): Promise<string> {
  return `${WORD}-${await makerMark()}`;
}

/** Ends the probes of processes that are gone, and removes what they left in `directories`. */
export async function sweepProbes(
  { process }: Pick<HostOps, "process">,
  uid: number,
  directories: readonly string[],
): Promise<void> {
  for (const found of await process.listByUid({ first: uid, last: uid })) {
    if ((await isMakerGone(WORD, found.commandLine.join(" "))) !== true) continue;
    await process.signal(found, SIGKILL);
    await process.wait(found);
  }
  for (const directory of directories) {
    for (const name of await readdir(directory).catch(() => [])) {
      if (!name.startsWith(WORD) || (await isMakerGone(WORD, name)) !== true) continue;
      const file = path.join(directory, name);
      if (await isOurs(file)) await rm(file, { recursive: true, force: true });
    }
  }
}

/** In a directory that is everybody's, another user's is not walked: he may exchange what is in it while we do. */
async function isOurs(file: string): Promise<boolean> {
  const found = await lstat(file).catch(() => null);
  return found?.isDirectory() === true && found.uid === process.geteuid?.();
}

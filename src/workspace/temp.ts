import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

const NAME = /^banger-workspace-(\d+)-\w{6}$/;

/** A directory of ours alone (0700), gone with the scope. */
export interface TempDirectory extends AsyncDisposable {
  readonly path: string;
}

/** Makes one below `parent` (the system's by default), after removing those of our user whose process was killed. */
export async function tempDirectory(parent: string = os.tmpdir(), pid = process.pid): Promise<TempDirectory> {
  await sweep(parent).catch(() => undefined);
  const directory = await mkdtemp(path.join(parent, `banger-workspace-${pid}-`));
  return {
    path: directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const directory = path.join(parent, name);
    if ((await stat(directory)).uid === process.getuid?.())
      await rm(directory, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

import { chmodSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite, { type Database } from "better-sqlite3";
import { BangerError, errorCode, errorMessage } from "../shared/errors.ts";
import { writing } from "./write-errors.ts";

const POLL_MS = 50;

export interface DirectoryLock {
  /** Idempotent. */
  release(): Promise<void>;
}

/** How long to wait for a holder that may be just ending, and when there is no sense in it. */
export interface LockPatience {
  readonly waitMs: number;
  readonly isHopeless?: () => Promise<boolean>;
}

/**
 * One holder per lock file, however holders end (DMN-2): the lock is the kernel's (fcntl, held through an exclusive SQLite
 * transaction, since Node has no flock), so SIGKILL frees it and nothing can go stale. The holder's pid stands in `<file>.pid`, for
 * messages only: the lock file itself must not be opened by others in this process, since any close would drop an fcntl lock.
 * Throws ERR_DAEMON_RUNNING.
 */
export async function lockDirectory(
  file: string,
  what: string,
  patience: LockPatience = { waitMs: 0 },
): Promise<DirectoryLock> {
  const deadline = performance.now() + patience.waitMs;
  for (;;) {
    const db = tryLock(file);
    if (db !== null) return await hold(db, file);
    if (performance.now() >= deadline || (await patience.isHopeless?.()) === true) break;
    await sleep(POLL_MS);
  }
  const pid = await readFile(`${file}.pid`, "utf8").catch(() => "");
  throw new BangerError(
    "ERR_DAEMON_RUNNING",
    `another bangerd${pid === "" ? "" : ` (pid ${pid.trim()})`} holds ${what}`,
    { next: "stop it first: `banger daemon stop`", details: pid === "" ? {} : { pid: Number(pid) } },
  );
}

function tryLock(file: string): Database | null {
  let db: Database | null = null;
  try {
    const opened = new Sqlite(file, { timeout: 0 });
    db = opened;
    chmodSync(file, 0o600);
    writing(file, () => opened.exec("BEGIN EXCLUSIVE"));
    return db;
  } catch (cause) {
    db?.close();
    if (errorCode(cause) === "SQLITE_BUSY") return null;
    if (cause instanceof BangerError) throw cause;
    throw new BangerError("ERR_LOCK_FAILED", `${file} cannot be locked: ${errorMessage(cause)}`, {
      next: "check the owner and mode of its directory",
      cause,
    });
  }
}

async function hold(db: Database, file: string): Promise<DirectoryLock> {
  const pidFile = `${file}.pid`;
  // Only for messages: a full disk must not keep the daemon from starting.
  await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 }).catch(() => undefined);
  return {
    async release() {
      if (!db.open) return;
      await rm(pidFile, { force: true });
      db.close();
    },
  };
}

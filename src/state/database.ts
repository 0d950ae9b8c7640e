import { existsSync, readFileSync } from "node:fs";
import Sqlite, { type Database } from "better-sqlite3";
import { BangerError, errorCode, errorMessage } from "../shared/errors.ts";
import { ImageRepository } from "./image-repository.ts";
import { appliedMigrations, checkApplied, checkMigrations, type Migration, migrate } from "./migrate.ts";
import { migrations as ours } from "./migrations.ts";
import { VmRepository } from "./vm-repository.ts";

/** How long one connection waits for another's write lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

export interface StateOptions {
  /** VMs get their addresses from here, except the network's, the gateway's (first host) and the broadcast address. */
  readonly networkCidr: string;
  /** Slots are numbered from 1 to this: one for each uid of `vmm_uid_range` but the first. */
  readonly slots: number;
  /** The version of this banger, kept with the migrations that it applies. */
  readonly version: string;
  readonly migrations?: readonly Migration[];
  readonly now?: () => string;
  /** From 0 to below 1; for made-up names. */
  readonly random?: () => number;
}

/** What VMs and images are, on disk (ST-4). */
export interface State {
  readonly file: string;
  readonly vms: VmRepository;
  readonly images: ImageRepository;
  close(): void;
}

/**
 * Opens state.db, making and migrating it as needed. A database of a newer banger is refused untouched. Throws ERR_STATE_NEWER,
 * ERR_STATE_FOREIGN, ERR_STATE_MIGRATION, ERR_STATE_CORRUPT, ERR_STATE_UNREADABLE.
 */
export function openState(file: string, options: StateOptions): State {
  const migrations = options.migrations ?? ours;
  checkMigrations(migrations);
  const check = (opened: Database) => checkApplied(file, appliedMigrations(opened), migrations);
  // Looked at by a connection that cannot write: opening for writing would already set the journal mode.
  if (existsSync(file)) guarded(file, true, check).close();
  const db = guarded(file, false, (opened) => {
    check(opened);
    const now = options.now ?? (() => new Date().toISOString());
    migrate(opened, migrations, { version: options.version, now });
  });
  return asState(file, db, options);
}

/**
 * Opens state.db for `doctor`: never migrates, and the driver refuses writes (ST-3). Null where there is no database yet. Throws as
 * {@link openState}.
 */
export function openReadOnly(
  file: string,
  options: Pick<StateOptions, "networkCidr" | "slots">,
): State | null {
  if (!existsSync(file)) return null;
  const db = guarded(file, true, (opened) => checkApplied(file, appliedMigrations(opened), ours));
  return asState(file, db, options);
}

function guarded(file: string, readonly: boolean, prepare: (db: Database) => void): Database {
  let db: Database | null = null;
  try {
    db = readonly ? openWithoutTrace(file) : new Sqlite(file, { timeout: BUSY_TIMEOUT_MS });
    db.pragma("foreign_keys = ON");
    db.pragma("synchronous = NORMAL");
    if (!readonly) db.pragma("journal_mode = WAL");
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw unreadable(file, error);
  }
}

/**
 * SQLite makes `-wal` and `-shm` beside a database in WAL mode even to read it, and cannot take them away again. So what nobody has
 * open is read from a copy in memory, whose header (bytes 18 and 19, https://sqlite.org/fileformat2.html) says "no WAL".
 */
function openWithoutTrace(file: string): Database {
  if (existsSync(`${file}-wal`)) {
    return new Sqlite(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  }
  const copy = readFileSync(file);
  if (copy.length > 19) copy.fill(1, 18, 20);
  return new Sqlite(copy, { readonly: true });
}

function unreadable(file: string, cause: unknown): unknown {
  if (cause instanceof BangerError) return cause;
  const corrupt = ["SQLITE_NOTADB", "SQLITE_CORRUPT"].includes(errorCode(cause));
  return new BangerError(
    corrupt ? "ERR_STATE_CORRUPT" : "ERR_STATE_UNREADABLE",
    `${file} cannot be opened: ${errorMessage(cause)}`,
    {
      next: corrupt
        ? "move the file away; a new one will be made"
        : "check its owner, its mode and the disk's free space",
      cause,
    },
  );
}

function asState(
  file: string,
  db: Database,
  options: Pick<StateOptions, "networkCidr" | "slots" | "random">,
): State {
  return {
    file,
    vms: new VmRepository(db, {
      networkCidr: options.networkCidr,
      slots: options.slots,
      random: options.random ?? Math.random,
    }),
    images: new ImageRepository(db),
    close: () => void db.close(),
  };
}

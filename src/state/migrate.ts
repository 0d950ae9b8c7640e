import type { Database } from "better-sqlite3";
import { BangerError, errorMessage } from "../shared/errors.ts";

export interface Migration {
  /** From 1, ascending, never reused. */
  readonly id: number;
  readonly name: string;
  readonly up: (db: Database) => void;
}

export interface AppliedMigration {
  readonly id: number;
  readonly name: string;
  /** The banger that applied it. */
  readonly version: string;
}

const TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, applied_at TEXT NOT NULL
) STRICT`;

/** What was applied so far; empty for a fresh database. Only reads. */
export function appliedMigrations(db: Database): AppliedMigration[] {
  const there = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");
  if (there.get("schema_migrations") === undefined) return [];
  return db
    .prepare<[], AppliedMigration>("SELECT id, name, version FROM schema_migrations ORDER BY id")
    .all();
}

/** Refuses a list with duplicate or descending ids: ERR_MIGRATIONS_INVALID. */
export function checkMigrations(migrations: readonly Migration[]): void {
  const wrong = migrations.find(({ id }, index) => id <= (migrations[index - 1]?.id ?? 0));
  if (wrong === undefined) return;
  throw new BangerError(
    "ERR_MIGRATIONS_INVALID",
    `migration ${wrong.id} (${wrong.name}) does not come after the one before it`,
  );
}

/** Refuses a database of a newer banger (ERR_STATE_NEWER) or of something else (ERR_STATE_FOREIGN). Only reads. */
export function checkApplied(
  file: string,
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): void {
  const newest = applied.at(-1);
  const known = migrations.at(-1)?.id ?? 0;
  if (newest !== undefined && newest.id > known) {
    throw new BangerError(
      "ERR_STATE_NEWER",
      `${file} was made by banger ${newest.version} (schema ${newest.id}); this banger knows schemas up to ${known}`,
      {
        next: `use banger ${newest.version} or later`,
        details: { version: newest.version, schema: newest.id },
      },
    );
  }
  const foreign = applied.find(
    ({ id, name }) => migrations.find((migration) => migration.id === id)?.name !== name,
  );
  if (foreign === undefined) return;
  throw new BangerError(
    "ERR_STATE_FOREIGN",
    `${file} has a schema that is not banger's (migration ${foreign.id}, ${foreign.name})`,
    { next: "move the file away; a new one will be made" },
  );
}

/**
 * Applies what is missing, each migration in one transaction with its record, so that a failure leaves the database at the one
 * before (ST-2). Throws ERR_STATE_MIGRATION.
 */
export function migrate(
  db: Database,
  migrations: readonly Migration[],
  stamp: { version: string; now: () => string },
): void {
  const isApplied = (id: number) => appliedMigrations(db).some((applied) => applied.id === id);
  for (const { id, name, up } of migrations) {
    const step = db.transaction(() => {
      // Asked again under the lock: another process may have been faster.
      if (isApplied(id)) return;
      db.exec(TABLE);
      up(db);
      db.prepare("INSERT INTO schema_migrations (id, name, version, applied_at) VALUES (?, ?, ?, ?)").run(
        id,
        name,
        stamp.version,
        stamp.now(),
      );
    });
    try {
      if (!isApplied(id)) step.immediate();
    } catch (cause) {
      throw new BangerError(
        "ERR_STATE_MIGRATION",
        `migration ${id} (${name}) of ${db.name} failed: ${errorMessage(cause)}`,
        { next: "the database is as it was before that step; see the daemon's log", cause },
      );
    }
  }
}

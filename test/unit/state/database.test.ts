import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { openReadOnly, openState } from "../../../src/state/database.ts";
import type { Migration } from "../../../src/state/migrate.ts";
import { migrations as ours } from "../../../src/state/migrations.ts";
import { VmRepository } from "../../../src/state/vm-repository.ts";
import { directory, IMAGE, OPTIONS, reservation } from "./fixtures.ts";

/** Of a next migration, and of the one after it. */
const NEXT = (ours.at(-1)?.id ?? 0) + 1;
const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

function table(id: number): Migration {
  return { id, name: `table ${id}`, up: (db) => void db.exec(`CREATE TABLE extra_${id} (x INT) STRICT`) };
}

function tablesOf(file: string): string[] {
  const db = new Sqlite(file, { readonly: true });
  const rows = db.prepare<[], { name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
  );
  const names = rows.all().map(({ name }) => name);
  db.close();
  return names;
}

test("a fresh database has its tables, WAL, and the version that made it", () => {
  using place = directory();
  openState(place.file, { ...OPTIONS, now: () => "2026-01-01T00:00:00Z" }).close();
  const db = new Sqlite(place.file, { readonly: true });
  expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(db.prepare("SELECT * FROM schema_migrations").all()).toEqual([
    ...ours.map(({ id, name }) => ({ id, name, version: "1.0.0", applied_at: "2026-01-01T00:00:00Z" })),
  ]);
  db.close();
  expect(tablesOf(place.file)).toEqual(expect.arrayContaining(["images", "vms"]));
});

test("a database that is opened again keeps its rows and applies nothing twice", () => {
  using place = directory();
  const first = openState(place.file, OPTIONS);
  first.images.insert(IMAGE);
  first.vms.reserve(reservation(1));
  first.close();
  const again = openState(place.file, { ...OPTIONS, version: "1.1.0" });
  expect(again.vms.list()).toHaveLength(1);
  again.close();
});

test("a partly migrated database gets only what is missing", () => {
  using place = directory();
  openState(place.file, { ...OPTIONS, migrations: [...ours, table(NEXT)] }).close();
  openState(place.file, { ...OPTIONS, migrations: [...ours, table(NEXT), table(NEXT + 1)] }).close();
  expect(tablesOf(place.file)).toEqual(expect.arrayContaining([`extra_${NEXT}`, `extra_${NEXT + 1}`]));
});

test("a migration that fails leaves the database at the one before, and the next open goes on", () => {
  using place = directory();
  const failing: Migration = {
    id: NEXT + 1,
    name: "fails half-way",
    up(db) {
      db.exec("CREATE TABLE half (x INT) STRICT");
      throw new Error("boom");
    },
  };
  expect(() => openState(place.file, { ...OPTIONS, migrations: [...ours, table(NEXT), failing] })).toThrow(
    expect.objectContaining({
      code: "ERR_STATE_MIGRATION",
      message: expect.stringContaining("fails half-way"),
    }),
  );
  expect(tablesOf(place.file)).toContain(`extra_${NEXT}`);
  expect(tablesOf(place.file)).not.toContain("half");
  openState(place.file, { ...OPTIONS, migrations: [...ours, table(NEXT), table(NEXT + 1)] }).close();
  expect(tablesOf(place.file)).toContain(`extra_${NEXT + 1}`);
});

test("a list with duplicate or descending ids is refused before any file is made", () => {
  using place = directory();
  for (const migrations of [[table(1), table(1)], [table(2), table(1)], [table(0)]]) {
    expect(() => openState(place.file, { ...OPTIONS, migrations })).toThrow(
      expect.objectContaining({ code: "ERR_MIGRATIONS_INVALID" }),
    );
  }
  expect(existsSync(place.file)).toBe(false);
});

test("a database of a newer banger is refused with its version named, and not touched", () => {
  using place = directory();
  openState(place.file, { ...OPTIONS, version: "9.9.0", migrations: [...ours, table(NEXT)] }).close();
  const before = {
    digest: digest(place.file),
    files: readdirSync(place.path),
    mtime: statSync(place.file).mtimeMs,
  };
  for (const open of [() => openState(place.file, OPTIONS), () => openReadOnly(place.file, OPTIONS)]) {
    expect(open).toThrow(
      expect.objectContaining({ code: "ERR_STATE_NEWER", message: expect.stringContaining("banger 9.9.0") }),
    );
  }
  expect({
    digest: digest(place.file),
    files: readdirSync(place.path),
    mtime: statSync(place.file).mtimeMs,
  }).toEqual(before);
});

test("a database with another program's migrations is refused", () => {
  using place = directory();
  openState(place.file, { ...OPTIONS, migrations: [table(1)] }).close();
  expect(() => openState(place.file, OPTIONS)).toThrow(
    expect.objectContaining({ code: "ERR_STATE_FOREIGN" }),
  );
});

test("what is no database is named as such and left alone", () => {
  using place = directory();
  writeFileSync(place.file, "not a database, but long enough to be looked at as one".repeat(100));
  const before = digest(place.file);
  expect(() => openState(place.file, OPTIONS)).toThrow(
    expect.objectContaining({ code: "ERR_STATE_CORRUPT" }),
  );
  expect(() => openReadOnly(place.file, OPTIONS)).toThrow(
    expect.objectContaining({ code: "ERR_STATE_CORRUPT" }),
  );
  expect(digest(place.file)).toBe(before);
});

test("read-only: missing is null and makes nothing; writes are refused by the driver; nothing is migrated", () => {
  using place = directory();
  expect(openReadOnly(place.file, OPTIONS)).toBeNull();
  expect(readdirSync(place.path)).toEqual([]);
  const state = openState(place.file, OPTIONS);
  state.images.insert(IMAGE);
  state.close();
  const readOnly = openReadOnly(place.file, OPTIONS);
  expect(readOnly?.images.list()).toEqual([IMAGE]);
  expect(() => readOnly?.vms.reserve(reservation(1))).toThrow(
    expect.objectContaining({ code: "SQLITE_READONLY" }),
  );
  readOnly?.close();
});

test("a full disk is ERR_NO_SPACE, the transaction is undone, and later writes work", () => {
  using place = directory();
  const state = openState(place.file, OPTIONS);
  state.images.insert(IMAGE);
  state.close();
  // SQLite's own limit gives the same SQLITE_FULL as a filesystem without space.
  const db = new Sqlite(place.file);
  const pages = Number(db.pragma("page_count", { simple: true }));
  db.pragma(`max_page_count = ${pages + 1}`);
  const vms = new VmRepository(db, { ...OPTIONS, random: Math.random });
  const fill = () => {
    for (let number = 1; number < 10_000; number += 1) vms.reserve(reservation(number));
  };
  expect(fill).toThrow(expect.objectContaining({ code: "ERR_NO_SPACE", next: expect.any(String) }));
  const count = vms.list().length;
  db.pragma("max_page_count = 1000000");
  expect(vms.reserve(reservation(20_000)).slot).toBe(count + 1);
  expect(vms.list()).toHaveLength(count + 1);
  db.close();
});

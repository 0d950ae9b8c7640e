import type { Migration } from "./migrate.ts";

/**
 * What a VM and an image are (ST-4); nothing kernel-level is in a table. Addresses are numbers, so that the smallest free one is
 * found by one query.
 */
const FIRST = `
CREATE TABLE images (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kernel_name TEXT NOT NULL,
  source TEXT NOT NULL,
  rootfs_bytes INTEGER NOT NULL,
  seed_bytes INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE vms (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  image_id TEXT NOT NULL REFERENCES images (id) ON DELETE RESTRICT,
  image_name TEXT NOT NULL,
  kernel_name TEXT NOT NULL,
  vcpu INTEGER NOT NULL,
  memory_mib INTEGER NOT NULL,
  disk_size_bytes INTEGER NOT NULL,
  overlay_size_bytes INTEGER NOT NULL,
  vmm TEXT NOT NULL,
  storage TEXT NOT NULL,
  slot INTEGER NOT NULL UNIQUE,
  address INTEGER NOT NULL UNIQUE,
  auto_remove INTEGER NOT NULL CHECK (auto_remove IN (0, 1)),
  desired TEXT NOT NULL CHECK (desired IN ('running', 'stopped')),
  created_at TEXT NOT NULL
) STRICT;

CREATE INDEX vms_by_image ON vms (image_id);
`;

const NETWORK_ACCESS = `
ALTER TABLE vms ADD COLUMN net TEXT NOT NULL DEFAULT 'public' CHECK (net IN ('none', 'public', 'full'));
ALTER TABLE vms ADD COLUMN peers TEXT NOT NULL DEFAULT '[]';
`;

export const migrations: readonly Migration[] = [
  { id: 1, name: "vms and images", up: (db) => void db.exec(FIRST) },
  { id: 2, name: "last use", up: (db) => void db.exec("ALTER TABLE vms ADD COLUMN last_used_at TEXT") },
  {
    id: 3,
    name: "published ports, as JSON",
    up: (db) => void db.exec("ALTER TABLE vms ADD COLUMN publish TEXT NOT NULL DEFAULT '[]'"),
  },
  { id: 4, name: "network access", up: (db) => void db.exec(NETWORK_ACCESS) },
];

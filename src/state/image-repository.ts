import type { Database } from "better-sqlite3";
import type { ImageRecord } from "../domain/image.ts";
import type { ImageStore } from "../domain/stores.ts";
import { BangerError, errorCode } from "../shared/errors.ts";
import { writing } from "./write-errors.ts";

const COLUMNS = `id, name, kernel_name AS kernelName, source, rootfs_bytes AS rootfsBytes, seed_bytes AS seedBytes,
  created_at AS createdAt`;

/** Managed images, in SQLite. */
export class ImageRepository implements ImageStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Throws ERR_IMAGE_EXISTS when the name was taken meanwhile (IMG-3). */
  insert(image: ImageRecord): void {
    const statement = this.#db.prepare(
      `INSERT INTO images (id, name, kernel_name, source, rootfs_bytes, seed_bytes, created_at)
       VALUES (@id, @name, @kernelName, @source, @rootfsBytes, @seedBytes, @createdAt)`,
    );
    try {
      writing(this.#db.name, () => statement.run(image));
    } catch (cause) {
      if (errorCode(cause) !== "SQLITE_CONSTRAINT_UNIQUE") throw cause;
      throw new BangerError("ERR_IMAGE_EXISTS", `there is an image ${image.name} already`, {
        next: "use it, or choose another name",
        cause,
      });
    }
  }

  byName(name: string): ImageRecord | null {
    return this.#select("WHERE name = ?").get(name) ?? null;
  }

  get(id: string): ImageRecord | null {
    return this.#select("WHERE id = ?").get(id) ?? null;
  }

  /** By name. */
  list(): ImageRecord[] {
    return this.#select("ORDER BY name").all();
  }

  /** Not there is a success. Throws ERR_IMAGE_IN_USE while VMs are made from it. */
  delete(id: string): void {
    try {
      writing(this.#db.name, () => this.#db.prepare("DELETE FROM images WHERE id = ?").run(id));
    } catch (cause) {
      if (!errorCode(cause).startsWith("SQLITE_CONSTRAINT")) throw cause;
      throw new BangerError("ERR_IMAGE_IN_USE", `image ${this.get(id)?.name ?? id} is in use by VMs`, {
        next: "delete these VMs first: `banger vm list --all`",
        cause,
      });
    }
  }

  #select(rest: string) {
    return this.#db.prepare<string[], ImageRecord>(`SELECT ${COLUMNS} FROM images ${rest}`);
  }
}

import { parse } from "smol-toml";

export type Table = Readonly<Record<string, unknown>>;

/** A document's table, or null where it is no TOML. The parser bounds how deep a document may go. */
export function parseToml(text: string): Table | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** What stands under these keys, if every step is a table of its own. */
export function at(table: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (isTable(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    table,
  );
}

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

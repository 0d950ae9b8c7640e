import { BangerError } from "./errors.ts";

const KIB = 1024;
const UNITS: Readonly<Record<string, number>> = { K: KIB, M: KIB ** 2, G: KIB ** 3, T: KIB ** 4 };

export const MIB: number = KIB ** 2;
export const GIB: number = KIB ** 3;

/**
 * Reads a size such as `512M` or `8G` (binary units; `MiB`, `GB` and lower case are read alike) and returns bytes (VM-6). A bare
 * number is refused, since nobody can tell whether it means bytes or mebibytes. Throws ERR_BAD_SIZE.
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT])(?:i?B)?$/i.exec(text.trim());
  const value = Number(match?.[1]) * (UNITS[(match?.[2] ?? "").toUpperCase()] ?? Number.NaN);
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new BangerError("ERR_BAD_SIZE", `"${text}" is not a size`, {
      next: "write a whole number with a unit, such as 512M or 8G",
    });
  }
  return value;
}

/** The shortest exact form: `512M`, `8G`; bytes that are no whole KiB get one decimal, `1.4G`. */
export function formatSize(bytes: number): string {
  const units = Object.entries(UNITS).reverse();
  const exact = units.find(([, size]) => bytes >= size && bytes % size === 0);
  const rough = units.find(([, size]) => bytes >= size);
  if (exact !== undefined && bytes / exact[1] < 10_240) return `${bytes / exact[1]}${exact[0]}`;
  if (rough === undefined) return `${bytes}B`;
  return `${(bytes / rough[1]).toFixed(1).replace(/\.0$/, "")}${rough[0]}`;
}

const UNITS = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** `3 minutes ago`, as Docker writes it: the largest unit of which there are at least two, or the only one. */
export function ago(iso: string, now: Date): string {
  const seconds = Math.floor((now.getTime() - Date.parse(iso)) / 1_000);
  if (Number.isNaN(seconds)) return iso;
  if (seconds < 1) return "just now";
  return `${span(seconds)} ago`;
}

/** `2 hours`, `1 minute`, `45 seconds`. */
export function span(seconds: number): string {
  const [unit, size] =
    UNITS.find(([, length]) => seconds >= 2 * length) ??
    UNITS.find(([, length]) => seconds >= length) ??
    UNITS[6];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** From which version on (inclusive), and how much of it is fixed. */
interface Lower {
  readonly parts: readonly number[];
  /** The version that is asked for: one to three numbers. */
  readonly version: string;
}

/** Of a range that somebody has written by hand; beyond it only patterns that are made to take long. */
const MOST_CHARACTERS = 200;

/** An operator, if any, and a version of which the last parts may be wild or missing. */
const COMPARATOR =
  /^(\^|~>|~=|~|>=|<=|===|==|=|>|<|!=)?v?(\d{1,9})(?:\.(\d{1,9}|[xX*]))?(?:\.(\d{1,9}|[xX*]))?((?:[-+.a-zA-Z][-+.\w]*)?)$/;

/**
 * The version to fetch for a range of npm's or PEP 440's: the newest of the oldest line that the range allows, since that is the one its
 * author has certainly tried; of alternatives (`||`) the last line. Null where the range names no lower end.
 *
 * `^20.1.0` is 20, `~20.1.0` 20.1, `>=18 <21` 18, `18 || 20` 20, `>=3.9,<3.13` 3.9, `==3.11.*` 3.11, `20.11.1` itself.
 */
export function versionOfRange(range: string): string | null {
  if (range.length > MOST_CHARACTERS) return null;
  const lowers = range.split("||").map(lowerOf);
  if (lowers.some((lower) => lower === null)) return null;
  const sorted = (lowers as Lower[]).toSorted((a, b) => compare(a.parts, b.parts));
  return sorted.at(-1)?.version ?? null;
}

function lowerOf(alternative: string): Lower | null {
  // `>= 18` is one comparator; `1.2 - 2.3` begins with its lower end.
  const words = alternative
    .replace(/\s+-\s+.*/, "")
    .replace(/(\^|~>|~=|~|>=|<=|===|==|=|>|<|!=)\s+/g, "$1")
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  const found = words.map(comparatorOf);
  if (found.includes("unknown")) return null;
  const lowers = found.filter((each): each is Lower => typeof each === "object");
  return lowers.toSorted((a, b) => compare(a.parts, b.parts)).at(-1) ?? null;
}

function comparatorOf(word: string): Lower | "other" | "unknown" {
  const match = COMPARATOR.exec(word);
  if (match === null) return "unknown";
  const [, operator = "", major = "", minor, patch, rest = ""] = match;
  if (/^(<|<=|!=)$/.test(operator)) return "other";
  const given = [major, minor, patch];
  const wild = given.findIndex((part) => part === undefined || !/^\d+$/.test(part));
  const fixed = (wild === -1 ? given : given.slice(0, wild)) as string[];
  const parts = fixed.map(Number);
  if (operator === ">" && parts.length === 1) {
    const next = (parts[0] as number) + 1;
    return { parts: [next], version: String(next) };
  }
  const exact = /^(=|==|===|)$/.test(operator);
  if (exact && rest !== "" && rest !== ".*") return { parts, version: fixed.join(".") + rest };
  return { parts, version: fixed.slice(0, keptOf(operator, fixed.length, Number(major))).join(".") };
}

/** How many numbers of a lower end stay: what may not change by the range, so that the newest that it allows is found. */
function keptOf(operator: string, given: number, major: number): number {
  if (/^(=|==|===|)$/.test(operator)) return given;
  if (operator === "~" || operator === "~>") return Math.min(given, 2);
  // Python's versions are told apart by their second number, and so are those before 1.0.
  if (operator === "~=") return Math.max(1, Math.min(given, 2));
  return major <= 3 ? Math.min(given, 2) : 1;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

import { BangerError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";

interface Named {
  readonly id: string;
  readonly name: string;
}

export type ResolvedRef<T> =
  | { readonly ref: string; readonly record: T; readonly error: null }
  | { readonly ref: string; readonly record: null; readonly error: BangerError };

/** An exact id, else an exact name, else a unique prefix of either (VM-2). Throws ERR_AMBIGUOUS_REF or ERR_VM_NOT_FOUND. */
export function resolveRef<T extends Named>(ref: string, records: readonly T[]): T {
  const exact = records.find(({ id }) => id === ref) ?? records.find(({ name }) => name === ref);
  if (exact !== undefined) return exact;
  const matches =
    ref === "" ? [] : records.filter(({ id, name }) => id.startsWith(ref) || name.startsWith(ref));
  const [only] = matches;
  if (only === undefined) throw notFound(ref, records);
  if (matches.length === 1) return only;
  const candidates = matches.map(({ id, name }) => `${name} (${id.slice(0, 12)})`);
  throw new BangerError("ERR_AMBIGUOUS_REF", `"${ref}" could be ${candidates.join(", ")}`, {
    next: "write more of the name or of the id",
    details: { ref, candidates: matches.map(({ id, name }) => ({ id, name })) },
  });
}

/**
 * Several refs against one snapshot: each once, in first-seen order, those that lead nowhere with their error, so that the others go
 * on (VM-3). Two refs that mean one VM are one.
 */
export function resolveRefs<T extends Named>(
  refs: readonly string[],
  records: readonly T[],
): ResolvedRef<T>[] {
  const seen = new Set<string>();
  return refs.flatMap((ref): ResolvedRef<T>[] => {
    const resolved = attempt(ref, records);
    const key = resolved.record === null ? `?${ref}` : resolved.record.id;
    if (seen.has(key)) return [];
    seen.add(key);
    return [resolved];
  });
}

function attempt<T extends Named>(ref: string, records: readonly T[]): ResolvedRef<T> {
  try {
    return { ref, record: resolveRef(ref, records), error: null };
  } catch (error) {
    if (!(error instanceof BangerError)) throw error;
    return { ref, record: null, error };
  }
}

function notFound(ref: string, records: readonly Named[]): BangerError {
  const guess = nearest(
    ref,
    records.map(({ name }) => name),
  );
  const list = "`banger vm list --all` shows them all";
  return new BangerError("ERR_VM_NOT_FOUND", `there is no VM "${ref}"`, {
    next: guess === null ? list : `did you mean ${guess}? ${list}`,
    details: { ref },
  });
}

/**
 * What was asked for at most `ms` milliseconds ago, found or being looked for; else `look` is asked. Only what was found is kept: null, and an
 * error, are looked for again.
 */
export function recent<T>(
  look: () => Promise<T | null>,
  ms: number,
  now: () => number = () => performance.now(),
): () => Promise<T | null> {
  let last: { readonly found: Promise<T | null>; readonly until: number } | null = null;
  return () => {
    if (last !== null && now() < last.until) return last.found;
    const asked = { found: look(), until: now() + ms };
    last = asked;
    const forget = () => {
      if (last === asked) last = null;
    };
    asked.found.then((found) => found ?? forget(), forget);
    return asked.found;
  };
}

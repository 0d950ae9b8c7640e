export interface Remembering<T> {
  /** Whether nothing that may happen while the daemon runs makes the answer a better one. */
  readonly isFinal: (answer: T) => boolean;
  /** What any other answer depends on, and cheaper to look at than to ask. */
  readonly state: () => Promise<string>;
}

/** The answer of the last success: a final one for good, any other until what it depends on has changed. */
export function remember<T>(ask: () => Promise<T>, { isFinal, state }: Remembering<T>): () => Promise<T> {
  let known: { answer: Promise<T>; of: string } | null = null;
  const anew = (of: string): Promise<T> => {
    const asked = { answer: ask(), of };
    known = asked;
    asked.answer.catch(() => {
      if (known === asked) known = null;
    });
    return asked.answer;
  };
  return async () => {
    const before = known;
    if (before === null) return anew(await state());
    const answer = await before.answer;
    if (isFinal(answer)) return answer;
    const now = await state();
    return now === before.of ? answer : anew(now);
  };
}

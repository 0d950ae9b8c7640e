/** Questions a second that one guest may go on asking, and at once after a pause: far more than an installation with a thousand packages. */
const PER_SECOND = 1_000;
const AT_ONCE = 2_000;

/** Keeps a guest that floods the resolver from taking the daemon's only thread: a bucket of questions for each source, refilled steadily. */
export class QuestionBudget {
  readonly #now: () => number;
  readonly #left = new Map<string, { questions: number; at: number }>();

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether one more of this source's questions is to be looked at. Sources are ours to bound: guests, and one for all others. */
  take(source: string): boolean {
    const now = this.#now();
    const before = this.#left.get(source) ?? { questions: AT_ONCE, at: now };
    const questions = Math.min(AT_ONCE, before.questions + ((now - before.at) * PER_SECOND) / 1_000);
    this.#left.set(source, { questions: questions < 1 ? questions : questions - 1, at: now });
    return questions >= 1;
  }
}

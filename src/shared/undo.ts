/**
 * A scope for steps of several acquisitions: releases are collected as things are acquired, run last-in first-out
 * once when the scope fails, and dropped when it commits. Errors of releases are joined, none hides another.
 */
export class UndoScope {
  #releases: { name: string; release: () => unknown }[] = [];
  #done = false;

  /** Registers a release. It must be idempotent: a crash may have run part of it before. */
  defer(name: string, release: () => unknown): void {
    if (this.#done) throw new Error(`undo scope is closed: ${name}`);
    this.#releases.push({ name, release });
  }

  /** Success: nothing is undone. */
  commit(): void {
    this.#done = true;
    this.#releases = [];
  }

  /** Runs every release, last first, whatever the others do. Returns the errors, named. */
  async rollback(): Promise<Error[]> {
    this.#done = true;
    const errors: Error[] = [];
    for (const { name, release } of this.#releases.splice(0).reverse()) {
      try {
        await release();
      } catch (cause) {
        errors.push(new Error(`undo of ${name} failed`, { cause }));
      }
    }
    return errors;
  }
}

/** Runs `body` with a scope: commits on success, rolls back on failure and rethrows with what the rollback could not undo. */
export async function withUndo<T>(body: (scope: UndoScope) => Promise<T>): Promise<T> {
  const scope = new UndoScope();
  try {
    const value = await body(scope);
    scope.commit();
    return value;
  } catch (error) {
    const errors = await scope.rollback();
    if (errors.length > 0) throw new AggregateError([error, ...errors], String(error), { cause: error });
    throw error;
  }
}

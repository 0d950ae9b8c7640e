/** Promise.all that leaves no step running behind: it waits for all before it rejects with the first error. */
export async function settleAll<T extends readonly unknown[]>(
  steps: [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(steps);
  return Promise.all(steps) as unknown as Promise<T>;
}

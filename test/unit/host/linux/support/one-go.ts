/** The addon's inOneGo for doubles, whose functions begin when they are called: as they settle, up to the first that failed. */
export async function oneGo(start: () => unknown): Promise<unknown[]> {
  const settled = await Promise.allSettled(start() as Promise<unknown>[]);
  return settled.map((each, done) => {
    if (each.status === "fulfilled") return each.value;
    throw Object.assign(each.reason, { done });
  });
}

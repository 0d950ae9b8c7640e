/**
 * The longest time, in milliseconds, for which the event loop could do nothing else because of a call: that of the call itself up to its
 * promise, or the longest gap that a loop of setImmediate saw until the promise was settled. On a busy host the gaps are the scheduler's
 * too, which is what the row's reference shows.
 */
export async function longestHold(call: () => Promise<unknown>): Promise<number> {
  const watch = { longest: 0, last: performance.now(), over: false };
  const look = () => {
    const now = performance.now();
    watch.longest = Math.max(watch.longest, now - watch.last);
    watch.last = now;
  };
  const turn = () => {
    look();
    if (!watch.over) setImmediate(turn);
  };
  try {
    const promise = call();
    look();
    setImmediate(turn);
    await promise;
    look();
  } finally {
    watch.over = true;
  }
  return watch.longest;
}

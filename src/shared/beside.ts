/** Where a file's next text is written: always the same, so that what a crash leaves of it goes with the next one. */
export function besideOf(path: string): string {
  return `${path}.tmp`;
}

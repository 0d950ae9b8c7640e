/** C0 and C1 controls, DEL, and the marks that reorder text: what could make a terminal show or do something else. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line of text from a guest or the daemon, safe to show: what a terminal would act on is written as an escape. */
export function sanitize(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === "\n"
      ? " "
      : character === "\t"
        ? " "
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The same for text of several lines. */
export function sanitizeLines(text: string): string {
  return text.split("\n").map(sanitize).join("\n");
}

/** JSON's own escapes for what a terminal would act on and JSON.stringify leaves as it is: it stays the same JSON. */
export function escapeUnsafe(json: string): string {
  return json.replace(UNSAFE, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

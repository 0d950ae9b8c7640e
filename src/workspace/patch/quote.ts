import type { BytePath } from "../paths.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};
const UNESCAPES = new Map(Object.entries(ESCAPES).map(([byte, written]) => [written, byte]));

// biome-ignore lint/suspicious/noControlCharactersInRegex: what git quotes (`quote_c_style`, core.quotePath=true)
const UNUSUAL = /[\u0000-\u001f"\\\u007f-\u00ff]/g;

/** A path as git writes it in a patch: as it is, or in C's quotes where a byte of it is unusual. */
export function quoted(path: BytePath): string {
  const text = path.replace(UNUSUAL, (byte) => ESCAPES[byte] ?? octal(byte));
  return text === path ? path : `"${text}"`;
}

/** The path that git has written so; null for any other way to write one. */
export function unquoted(text: string): BytePath | null {
  if (!text.startsWith('"')) return quoted(text) === text ? text : null;
  const path = text.slice(1, -1).replace(/\\([0-7]{3}|.)/gs, (written, rest: string) => {
    const byte = UNESCAPES.get(written);
    return byte ?? (rest.length === 3 ? String.fromCharCode(Number.parseInt(rest, 8) & 0xff) : written);
  });
  // What does not come out as it went in has an escape or a quote that git does not write.
  return quoted(path) === text ? path : null;
}

function octal(byte: string): string {
  return `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`;
}

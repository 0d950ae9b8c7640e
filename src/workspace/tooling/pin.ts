/** One version that a repository asks for, as mise(1) takes it: `node` `20.11`. */
export interface Pin {
  readonly tool: string;
  readonly version: string;
  /** What the file says, where that is not the version itself: a range. */
  readonly wanted: string | null;
}

/** What one file says: its pins, and what of it was not understood, each in one sentence for a person. */
export interface Said {
  readonly pins: readonly Pin[];
  readonly notes: readonly string[];
}

export const NOTHING: Said = { pins: [], notes: [] };

/** Other names for mise's own. */
const ALIASES: Readonly<Record<string, string>> = { nodejs: "node", golang: "go", python3: "python" };
/** With mise's backends: `npm:prettier`, `ubi:owner/name`. Never an option, never more than one word of a shell. */
const TOOL = /^[A-Za-z0-9][\w.:/@-]{0,99}$/;
const VERSION = /^[A-Za-z0-9][\w.+-]{0,99}$/;
const SHOWN_CHARACTERS = 60;

/** A pin of words that somebody else wrote; a note where they are no name, or no version that can be fetched. */
export function pin(tool: string, version: string, wanted: string | null = null): Said {
  const name = Object.hasOwn(ALIASES, tool) ? (ALIASES[tool] as string) : tool;
  if (!TOOL.test(name)) return note(`${shown(tool)} is no name of a tool`);
  if (version === "system") return note(`${name}: what the image has`);
  if (!VERSION.test(version)) return note(`${name}: ${shown(version)} is no version that can be fetched`);
  return { pins: [{ tool: name, version, wanted }], notes: [] };
}

export function note(text: string): Said {
  return { pins: [], notes: [text] };
}

export function both(all: readonly Said[]): Said {
  return { pins: all.flatMap(({ pins }) => pins), notes: all.flatMap(({ notes }) => notes) };
}

/** Foreign text for a message: short, quoted, without control characters. */
export function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}

/** Lines without comments, blanks at either end, and empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
}

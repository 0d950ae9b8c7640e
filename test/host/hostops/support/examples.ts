/** A program of a document, and what it says that it prints. */
export interface Example {
  readonly name: string;
  /** What the kernel must have for it; null for nothing in particular. */
  readonly needs: string | null;
  readonly program: string;
  /** Where it has `…`, there may be anything. */
  readonly output: string;
}

const EXAMPLE =
  /^<!-- example: (?<name>[\w-]+)(?:, needs (?<needs>[\w-]+))? -->\n```js\n(?<program>.*?)^```\n\n```text\n(?<output>.*?)^```$/gms;

/** All that are marked in the document. */
export function examplesOf(document: string): Example[] {
  return [...document.matchAll(EXAMPLE)].map(({ groups = {} }) => ({
    name: groups.name ?? "",
    needs: groups.needs ?? null,
    program: groups.program ?? "",
    output: groups.output ?? "",
  }));
}

/** Blocks of JavaScript in the document, marked or not. */
export function javaScriptBlocks(document: string): number {
  return [...document.matchAll(/^```(js|ts|javascript|typescript)$/gm)].length;
}

export function outputPattern(output: string): RegExp {
  const parts = output.trimEnd().split("…");
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[^\w\s]/g, "\\$&")).join(".*")}\\s*$`, "s");
}

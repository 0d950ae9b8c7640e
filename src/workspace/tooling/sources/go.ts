import { NOTHING, note, pin, type Said, shown } from "../pin.ts";

/** go.mod(5): `toolchain` says which Go it is worked on with, `go` which it needs at least. */
export function goMod(text: string): Said {
  const toolchain = directive(text, "toolchain");
  if (toolchain !== null && toolchain !== "default") {
    // `go1.22.3-bigcorp` is a build of 1.22.3.
    const version = /^go(\d[\w.]*)(?:-.*)?$/.exec(toolchain)?.[1];
    return version === undefined
      ? note(`go.mod: ${shown(toolchain)} is no Go toolchain`)
      : pin("go", version);
  }
  const go = directive(text, "go");
  return go === null ? NOTHING : pin("go", go);
}

/** Both stand on a line of their own, outside of any block. */
function directive(text: string, word: string): string | null {
  const match = new RegExp(`^${word}[ \\t]+([^\\s/]+)[ \\t]*(?://.*)?\\r?$`, "m").exec(text);
  return match?.[1] ?? null;
}

import { sanitizeLines } from "./sanitize.ts";

/** A manifest below the rest, as indented JSON; nothing where there is none. */
export function manifestText(manifest: unknown): string {
  if (manifest === null || manifest === undefined) return "";
  const json = sanitizeLines(JSON.stringify(manifest, null, 2));
  return `manifest:\n${json.replaceAll(/^/gm, "  ")}\n`;
}

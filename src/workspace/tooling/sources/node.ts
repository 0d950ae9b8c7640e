import { both, linesOf, NOTHING, note, pin, type Said, shown } from "../pin.ts";
import { versionOfRange } from "../range.ts";

/** `.nvmrc` and `.node-version`: nvm's words for versions. */
export function nodeVersion(text: string): Said {
  const [word] = linesOf(text);
  if (word === undefined) return NOTHING;
  if (word === "node" || word === "stable" || word === "latest") return pin("node", "latest");
  if (word === "lts" || word === "lts/*") return pin("node", "lts");
  const codeName = /^lts\/([a-z]+)$/i.exec(word)?.[1];
  if (codeName !== undefined) return pin("node", `lts-${codeName.toLowerCase()}`);
  const number = /^v?(\d+(?:\.\d+){0,2})(?:\.x)*$/.exec(word)?.[1];
  return number === undefined ? note(`${shown(word)} is no version of Node`) : pin("node", number);
}

const ENGINES = ["node", "npm", "pnpm", "yarn", "bun", "deno"] as const;

/** `engines` of package.json: ranges, of which the oldest line is taken. */
export function packageJson(text: string): Said {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return note("it is not JSON");
  }
  const engines = field(json, "engines");
  return both(
    ENGINES.map((tool) => {
      const range = field(engines, tool);
      if (range === undefined) return NOTHING;
      if (typeof range !== "string") return note(`engines.${tool} is no range`);
      const version = versionOfRange(range);
      if (version !== null) return pin(tool, version, version === range ? null : range);
      return note(`engines.${tool}: ${shown(range)} names no oldest version`);
    }),
  );
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

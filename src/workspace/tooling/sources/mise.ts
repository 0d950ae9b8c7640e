import { both, linesOf, note, pin, type Said, shown } from "../pin.ts";
import { at, isTable, parseToml } from "../toml.ts";

/** asdf's `.tool-versions`: a tool and its versions a line, of which the first is the one that is used. */
export function toolVersions(text: string): Said {
  return both(
    linesOf(text).map((line) => {
      const [tool = "", version] = line.split(/\s+/);
      return version === undefined ? note(`${shown(tool)} is there without a version`) : pin(tool, version);
    }),
  );
}

/**
 * `[tools]` of mise.toml. Only that: its tasks, hooks and environment are commands, which run in the guest if a person there trusts the file,
 * and never because of a plan.
 */
export function miseToml(text: string): Said {
  const table = parseToml(text);
  if (table === null) return note("it is not TOML");
  const tools = at(table, "tools");
  if (tools === undefined) return both([]);
  if (!isTable(tools)) return note("`tools` is no table");
  return both(Object.entries(tools).map(([tool, value]) => toolOf(tool, value)));
}

/** `"20"`, `["20", "22"]`, `{ version = "20" }`, or a list of such. */
function toolOf(tool: string, value: unknown): Said {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const version = isTable(first) ? first.version : first;
  if (typeof version === "string") return pin(tool, version);
  // A float would have lost its zeros: 3.10 is 3.1.
  if (typeof version === "number" && Number.isInteger(version)) return pin(tool, String(version));
  return note(`${shown(tool)}: its version is no text`);
}

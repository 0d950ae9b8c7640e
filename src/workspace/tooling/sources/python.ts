import { linesOf, NOTHING, note, pin, type Said, shown } from "../pin.ts";
import { versionOfRange } from "../range.ts";
import { at, parseToml } from "../toml.ts";

/** pyenv's file: the first is what `python` is. */
export function pythonVersion(text: string): Said {
  const word = linesOf(text)[0]?.split(/\s+/)[0];
  if (word === undefined) return NOTHING;
  const version = word.replace(/^(?:python-|cpython-?)(?=\d)/, "");
  const known = /^(\d|pypy|miniconda|anaconda|miniforge|graalpy|system$)/.test(version);
  return known
    ? pin("python", version)
    : note(`${shown(word)} is no version of Python (a virtualenv's name?)`);
}

/** `requires-python` of PEP 621, or Poetry's own: ranges, of which the oldest line is taken. */
export function pyproject(text: string): Said {
  const table = parseToml(text);
  if (table === null) return note("it is not TOML");
  const range =
    at(table, "project", "requires-python") ?? at(table, "tool", "poetry", "dependencies", "python");
  if (range === undefined) return NOTHING;
  if (typeof range !== "string") return note("requires-python is no range");
  const version = versionOfRange(range);
  if (version === null) return note(`requires-python: ${shown(range)} names no oldest version`);
  return pin("python", version, version === range ? null : range);
}

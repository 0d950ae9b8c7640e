import { readPlainFile } from "./files.ts";
import type { Git } from "./git.ts";

const CONFIG_BYTES = 4 * 1024 ** 2;

/** Settings by key (section and name in lower case, as git prints them); the last value of each. */
export type ConfigData = ReadonlyMap<string, string>;

/** A configuration file as data: parsed by git, but never in force, and without what it includes. ERR_REPOSITORY_FORMAT, ERR_GIT. */
export async function readConfigFile(git: Git, file: string, signal?: AbortSignal): Promise<ConfigData> {
  const text = await readPlainFile(file, CONFIG_BYTES);
  if (text === null) return new Map();
  const args = ["config", "--file", "-", "--no-includes", "--list", "-z"];
  const { stdout } = await git.run(args, { input: text, signal });
  return parseConfig(stdout);
}

/** `key\nvalue\0`; a key without a value is true. */
export function parseConfig(output: Buffer): ConfigData {
  const fields = output.toString("utf8").split("\0").slice(0, -1);
  return new Map(
    fields.map((field) => {
      const at = field.indexOf("\n");
      return at === -1 ? [field, "true"] : [field.slice(0, at), field.slice(at + 1)];
    }),
  );
}

/** Text of a configuration file. Keys are `section.name` or `section.sub.name`. */
export function formatConfig(settings: readonly (readonly [string, string])[]): string {
  return settings
    .map(([key, value]) => `[${heading(key)}]\n\t${key.slice(key.lastIndexOf(".") + 1)} = ${quote(value)}\n`)
    .join("");
}

function heading(key: string): string {
  const first = key.indexOf(".");
  const last = key.lastIndexOf(".");
  return first === last ? key.slice(0, first) : `${key.slice(0, first)} ${quote(key.slice(first + 1, last))}`;
}

function quote(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a value in quotes cannot hold
  const plain = value.replace(/[\u0000-\u0008\u000b-\u001f]/g, "");
  return `"${plain.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
}

/**
 * A remote's address without what one logs in with: user and password of http(s), the password of anything else. Null for what is no
 * address at all.
 */
export function withoutCredentials(url: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no address has any
  if (url === "" || url.startsWith("-") || /[\u0000-\u001f\u007f]/.test(url)) return null;
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(url);
  if (match === null) return url;
  const [, scheme = "", authority = "", rest = ""] = match;
  const at = authority.lastIndexOf("@");
  if (at === -1) return url;
  const host = authority.slice(at + 1);
  const user = authority.slice(0, at).split(":")[0] ?? "";
  const keep = /^https?$/i.test(scheme) || user === "" ? "" : `${user}@`;
  return `${scheme}://${keep}${host}${rest}`;
}

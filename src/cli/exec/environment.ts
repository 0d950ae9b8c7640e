import { readFile } from "node:fs/promises";
import { BangerError, errorMessage } from "../../shared/errors.ts";
import { usageError } from "../usage-error.ts";

type HostEnv = Readonly<Record<string, string | undefined>>;

/**
 * The guest command's environment as Docker reads it: files first, in order, then `--env`. A name without `=` takes the host's value,
 * and is left out where the host has none. ERR_USAGE, ERR_ENV_FILE.
 */
export async function environmentOf(
  input: { readonly files: readonly string[]; readonly entries: readonly string[] },
  host: HostEnv,
): Promise<Record<string, string>> {
  const fromFiles = await Promise.all(input.files.map((file) => readEnvFile(file, host)));
  const given = input.entries.flatMap((entry) => pairOf(entry, host, (text) => badEntry(text)));
  return Object.fromEntries([...fromFiles.flat(), ...given]);
}

async function readEnvFile(file: string, host: HostEnv): Promise<[string, string][]> {
  const lines = (await readText(file)).split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const text = line.trimStart();
    if (text === "" || text.startsWith("#")) return [];
    return pairOf(text, host, () => badLine(file, index + 1));
  });
}

async function readText(file: string): Promise<string> {
  try {
    const text = await readFile(file, "utf8");
    return text.replace(/^\ufeff/, "");
  } catch (cause) {
    throw new BangerError("ERR_ENV_FILE", `--env-file ${file} cannot be read: ${errorMessage(cause)}`, {
      next: "name a file with a line NAME=VALUE for each variable",
      cause,
    });
  }
}

function pairOf(text: string, host: HostEnv, bad: (text: string) => Error): [string, string][] {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  if (name === "" || /[\s\0]/.test(name) || text.includes("\0")) throw bad(text);
  const value = equals === -1 ? host[name] : text.slice(equals + 1);
  return value === undefined ? [] : [[name, value]];
}

function badEntry(text: string): BangerError {
  return usageError(
    `--env "${text}" names no variable`,
    "write --env NAME=VALUE, or --env NAME for the host's value",
  );
}

function badLine(file: string, line: number): BangerError {
  return new BangerError("ERR_ENV_FILE", `${file}, line ${line}: not NAME=VALUE`, {
    next: "correct the line, or begin it with # to leave it out",
  });
}

import { BangerError } from "../../shared/errors.ts";

/** ssh expands `%` in file names and commands. */
export function escaped(text: string): string {
  return text.replaceAll("%", "%%");
}

/** A file name as one word of ssh_config(5). */
export function quoted(file: string): string {
  return `"${escaped(file).replaceAll(/["\\]/g, "\\$&")}"`;
}

/** As {@link quoted}, for a keyword that takes patterns of glob(7) and no `%`: `Include`. */
export function quotedPattern(file: string): string {
  return `"${file.replaceAll(/[*?[\\]/g, "\\$&").replaceAll(/["\\]/g, "\\$&")}"`;
}

/** Characters that mean nothing to any shell, wherever they stand in a word. */
const PLAIN = /^[\w./:+,@-]+$/;

/**
 * One word for the user's shell, whichever that is: sh, bash, zsh, fish and csh agree on what is between single quotes, but for these four,
 * which stand outside with a backslash.
 */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  return `'${text.replaceAll(/['\\!]/g, "'\\$&'")}'`;
}

/** ERR_SSH_PATH: a name that ssh_config has no way to write. */
export function checkWritable(file: string): string {
  if (!/[\r\n]|\$\{/.test(file)) return file;
  throw new BangerError("ERR_SSH_PATH", `${JSON.stringify(file)} cannot be written in ssh's configuration`, {
    next: "move banger's directories to a path without line ends and `${` (XDG_STATE_HOME)",
  });
}

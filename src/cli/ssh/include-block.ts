import { SSH_CONFIG_MARK as BEGIN } from "../../domain/ssh.ts";
import { BangerError } from "../../shared/errors.ts";
import { quotedPattern } from "./quoting.ts";

const END = "# <<< banger <<<";
/** Which of them are banger's own, and go again with the block if nothing else came meanwhile. */
const MADE = {
  file: "# banger made this file",
  directory: "# banger made this file and its directory",
} as const;

export type MadeByUs = keyof typeof MADE | null;

/** The lines for the user's own configuration. `made`: what was not there before. */
export function includeBlock(file: string, made: MadeByUs): string {
  const lines = [
    `${BEGIN} (\`banger ssh-config --uninstall\` takes these lines out)`,
    ...(made === null ? [] : [MADE[made]]),
    `Include ${quotedPattern(file)}`,
    END,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

export interface Split {
  /** Everything that is not the block, byte for byte. */
  readonly rest: string;
  /** The block, or null. */
  readonly block: string | null;
  readonly made: MadeByUs;
}

/**
 * Takes banger's block out of a configuration, in which each character is a byte (latin1). ERR_SSH_CONFIG_BLOCK where its end is missing, or
 * where there are two: what is between is not ours to guess.
 */
export function splitBlock(text: string): Split {
  // With their ends, so that joining them gives the same bytes.
  const lines = text.split(/(?<=\n)/);
  const begins = indexesOf(lines, BEGIN);
  const ends = indexesOf(lines, END);
  const [begin] = begins;
  const [end] = ends;
  if (begin === undefined && end === undefined) return { rest: text, block: null, made: null };
  if (begin === undefined || end === undefined || begins.length + ends.length > 2 || end < begin) {
    throw new BangerError(
      "ERR_SSH_CONFIG_BLOCK",
      `the lines between "${BEGIN}" and "${END}" are not as banger wrote them`,
      {
        next: "take them out by hand, with both marks, then `banger ssh-config --install` again",
      },
    );
  }
  const block = lines.slice(begin, end + 1);
  const said = block.map((line) => line.trimEnd());
  const made = said.includes(MADE.directory) ? "directory" : said.includes(MADE.file) ? "file" : null;
  return { rest: [...lines.slice(0, begin), ...lines.slice(end + 1)].join(""), block: block.join(""), made };
}

function indexesOf(lines: readonly string[], mark: string): number[] {
  return lines.flatMap((line, index) => (line.startsWith(mark) ? [index] : []));
}

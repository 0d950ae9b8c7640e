import { mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Problem } from "../../domain/ports.ts";
import type { KnownHosts } from "../../domain/ssh.ts";
import { besideOf } from "../../shared/beside.ts";
import { errorCode, errorMessage } from "../../shared/errors.ts";
import { writeAnew } from "../../shared/write-anew.ts";

const HEADING = "# Written by bangerd: the host keys that it gave its VMs";

/** A file in the format of OpenSSH's known_hosts (sshd(8)), 0600. Changes come one after another, each by a rename. */
export class KnownHostsFile implements KnownHosts {
  readonly file: string;
  #last: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.file = file;
  }

  pin(names: readonly string[], publicKey: string): Promise<void> {
    const [type, key] = publicKey.split(" ");
    const line = `${names.join(",")} ${type} ${key}`;
    return this.#change((lines) => {
      if (lines.filter((each) => isOf(each, names)).join() === line) return lines;
      return [...lines.filter((each) => !isOf(each, names)), line];
    });
  }

  async problem(): Promise<Problem | null> {
    try {
      await readLines(this.file);
      return null;
    } catch (error) {
      return {
        code: "ERR_KNOWN_HOSTS",
        message: `the host keys of VMs cannot be read from ${this.file}: ${errorMessage(error)}`,
        next: `move it away: \`mv ${this.file} ${this.file}.broken\`; each VM's key is pinned again at its next start`,
      };
    }
  }

  unpin(names: readonly string[]): Promise<void> {
    return this.#change((lines) => lines.filter((line) => !isOf(line, names)));
  }

  #change(edit: (lines: string[]) => string[]): Promise<void> {
    const change = this.#last.then(async () => {
      const before = await readLines(this.file);
      const after = edit(before);
      if (after.join("\n") !== before.join("\n")) await this.#write(after);
    });
    // The next change does not depend on whether this one worked.
    this.#last = change.catch(() => undefined);
    return change;
  }

  async #write(lines: readonly string[]): Promise<void> {
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const beside = besideOf(this.file);
    try {
      const text = [HEADING, ...lines.filter((line) => line !== HEADING)].join("\n");
      await writeAnew(beside, `${text}\n`, 0o600);
      await rename(beside, this.file);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }
}

/** The keys under a name, as they are on the wire. */
export async function pinnedKeys(file: string, name: string): Promise<Buffer[]> {
  return (await readLines(file))
    .filter((line) => isOf(line, [name]))
    .map((line) => Buffer.from(line.split(/\s+/)[2] ?? "", "base64"));
}

/** Whether a line is about one of these names. Hashed names are not: we write none. */
function isOf(line: string, names: readonly string[]): boolean {
  return (line.split(/\s+/)[0] ?? "").split(",").some((each) => names.includes(each));
}

async function readLines(file: string): Promise<string[]> {
  try {
    return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

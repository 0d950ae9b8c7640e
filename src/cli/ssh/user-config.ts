import path from "node:path";
import { BangerError, errorMessage } from "../../shared/errors.ts";
import { includeBlock, splitBlock } from "./include-block.ts";
import { quotedPattern } from "./quoting.ts";
import { makePrivateDirectory, readWhole, removeMade, replaceWhole } from "./whole-file.ts";

/** The user's own ssh configuration, of which one block is banger's (SSH-2). All else in it stays as it is, byte for byte. */
export class UserSshConfig {
  readonly file: string;

  /** `home` is the directory that holds `.ssh`. */
  constructor(home: string) {
    this.file = path.join(home, ".ssh", "config");
  }

  /**
   * Puts the block first: an Include that follows a Host line belongs to that host. Resolves with whether anything was changed.
   * ERR_SSH_CONFIG_BLOCK, ERR_SSH_CONFIG_OWNER, ERR_SSH_CONFIG.
   */
  install(included: string): Promise<boolean> {
    return this.#named(`put \`Include ${quotedPattern(included)}\` on its first line by hand`, async () => {
      const before = await readWhole(this.file);
      if (before === null) {
        const madeDirectory = await makePrivateDirectory(path.dirname(this.file));
        await replaceWhole(
          this.file,
          latin1(includeBlock(included, madeDirectory ? "directory" : "file")),
          null,
        );
        return true;
      }
      const { rest, made } = splitBlock(before.text);
      const after = latin1(includeBlock(included, made)) + rest;
      if (after !== before.text) await replaceWhole(this.file, after, before);
      return after !== before.text;
    });
  }

  /** Takes the block out; with it the file, and its directory, if banger made them and nothing else is in them. */
  uninstall(): Promise<boolean> {
    return this.#named("take the lines that are marked as banger's out by hand", async () => {
      const before = await readWhole(this.file);
      const { rest, block, made } = splitBlock(before?.text ?? "");
      if (before === null || block === null) return false;
      if (rest === "" && made !== null) await removeMade(this.file, made === "directory");
      else await replaceWhole(this.file, rest, before);
      return true;
    });
  }

  async #named<T>(byHand: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof BangerError) throw cause;
      throw new BangerError("ERR_SSH_CONFIG", `${this.file} cannot be changed: ${errorMessage(cause)}`, {
        next: byHand,
        cause,
      });
    }
  }
}

/** Each byte of the text in UTF-8 as one character. */
function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

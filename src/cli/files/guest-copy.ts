import type { RpcClient } from "../../rpc/client.ts";
import { BangerError, errorCode } from "../../shared/errors.ts";
import { ExecSession } from "../../shared/exec/exec-session.ts";
import { exitStatus } from "../../shared/exec/exec-spec.ts";
import { sanitize } from "../render/sanitize.ts";

/** What a guest may say beside the archive, in bytes: its notes are bounded, and so is what we keep of them. */
const MAX_SAID_BYTES = 64 * 1024;

/** The guest's half of a copy: the agent's own program, which packs or unpacks a tar (docs/guest-protocol.md, "Files"). */
export class GuestCopy {
  readonly session: ExecSession;
  readonly #ref: string;
  readonly #said: Promise<string>;

  private constructor(session: ExecSession, ref: string) {
    this.session = session;
    this.#ref = ref;
    this.#said = this.#listen();
  }

  /** `words`: `pack PATH …` or `unpack PATH …`. The daemon's errors: ERR_VM_NOT_FOUND, ERR_VM_NOT_RUNNING, … */
  static async open(
    client: Pick<RpcClient, "exec">,
    ref: string,
    words: readonly string[],
    signal: AbortSignal,
  ): Promise<GuestCopy> {
    const session = new ExecSession(await client.exec(ref, { signal }));
    const copy = new GuestCopy(session, ref);
    session.start({ argv: ["banger-files", ...words], self: true, cwd: "/" });
    return copy;
  }

  /** Waits for the guest's end, and gives its notes. Rejects with what it says went wrong: ERR_FILES_*. */
  async finish(): Promise<string[]> {
    try {
      const exit = await this.session.exit;
      const lines = (await this.#said).split("\n").map(parse);
      if (exitStatus(exit) !== 0) throw this.#failure(lines, exitStatus(exit));
      return lines.flatMap(({ note }) => (typeof note === "string" ? [sanitize(note)] : []));
    } catch (error) {
      // An agent of before `self` looks for the program in the image.
      if (errorCode(error) !== "ERR_EXEC_NOT_FOUND") throw error;
      throw new BangerError(
        "ERR_AGENT_TOO_OLD",
        `the agent of ${this.#ref} is of a banger that could not copy files`,
        {
          next: `restart the VM: \`banger vm restart ${this.#ref}\``,
          cause: error,
        },
      );
    }
  }

  #failure(lines: readonly Record<string, unknown>[], status: number): BangerError {
    const { code, message } = lines.findLast((line) => "code" in line) ?? {};
    const stable =
      typeof code === "string" && /^ERR_[A-Z_]{1,60}$/.test(code)
        ? (code as `ERR_${string}`)
        : "ERR_FILES_FAILED";
    const text = typeof message === "string" ? sanitize(message) : `the copy ended with status ${status}`;
    return new BangerError(stable, `in ${this.#ref}: ${text}`, {
      next: `look there: \`banger vm shell ${this.#ref}\``,
    });
  }

  async #listen(): Promise<string> {
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of this.session.stderr as AsyncIterable<Buffer>) {
      size += piece.length;
      // The last line is the one that matters, but a guest that says so much says nothing.
      if (size <= MAX_SAID_BYTES) pieces.push(piece);
    }
    return Buffer.concat(pieces).toString("utf8");
  }
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

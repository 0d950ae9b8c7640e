import type { Duplex } from "node:stream";
import { BangerError } from "../../shared/errors.ts";
import { ExecSession } from "../../shared/exec/exec-session.ts";
import { guestEnded } from "../guest.ts";
import { type Export, receiveExport } from "./receive.ts";
import { EXPORT_SCRIPT, EXPORT_STATUS } from "./script.ts";

/** A command under way in the guest: an ExecSession, or what a test has in its place. */
export interface GuestCommand {
  readonly stdout: AsyncIterable<Buffer>;
  readonly stderr: AsyncIterable<Buffer>;
  /** Rejects when it did not start, or its connection was lost. */
  readonly exit: Promise<{ readonly code: number | null; readonly signal: number | null }>;
  hangUp(): void;
}

export interface ExportRequest {
  /** For people: what `banger vm …` is given. */
  readonly vm: string;
  /** The checkout in the guest. */
  readonly directory: string;
  /** A revision in the guest; by default what `vm workspace prepare` recorded. */
  readonly base?: string | undefined;
  /** New file for the patch. */
  readonly file: string;
  readonly onBytes?: (bytes: number) => void;
}

/** Runs the command on an exec stream of the guest's agent, as root. */
export function exportOver(stream: Duplex): (argv: readonly string[]) => GuestCommand {
  return (argv) => {
    const session = new ExecSession(stream);
    session.start({ argv, env: { LC_ALL: "C" }, cwd: "/", user: "0:0" });
    session.stdin.end();
    return session;
  };
}

const STDERR_TAIL = 4096;

/** A revision as git takes one, that no program takes for an option. */
export function isRevision(text: string): boolean {
  return /^[\w@][\w@{}./^~+-]{0,255}$/.test(text);
}

/**
 * Runs the export in a guest. ERR_WORKSPACE_NO_GIT, ERR_WORKSPACE_NO_REPOSITORY, ERR_WORKSPACE_NO_BASE, ERR_WORKSPACE_UNKNOWN_BASE,
 * ERR_WORKSPACE_NO_ROOM, ERR_WORKSPACE_EXPORT, and what `receiveExport` throws.
 */
export async function runExport(
  start: (argv: readonly string[]) => GuestCommand,
  request: ExportRequest,
): Promise<Export> {
  const command = start(["sh", "-c", EXPORT_SCRIPT, "banger-export", request.directory, request.base ?? ""]);
  const stderr = tailOf(command.stderr);
  const stdout = { ended: false };
  try {
    const received = await receiveExport(
      untilEnd(command.stdout, stdout),
      request.file,
      request.onBytes,
    ).catch((error: unknown) => {
      // A guest that sends what is refused need not come to its end.
      if (!stdout.ended) throw error;
      return { error };
    });
    const exit = await command.exit;
    // What a script that failed has printed until then is no export; why it failed is what matters.
    if (exit.code !== 0) throw failure(request, exit, await stderr);
    if ("error" in received) throw received.error;
    return received;
  } finally {
    command.hangUp();
  }
}

async function* untilEnd(source: AsyncIterable<Buffer>, state: { ended: boolean }): AsyncGenerator<Buffer> {
  yield* source;
  state.ended = true;
}

async function tailOf(source: AsyncIterable<Buffer>): Promise<string> {
  let tail = "";
  try {
    for await (const chunk of source) tail = (tail + chunk.toString("utf8")).slice(-STDERR_TAIL);
  } catch {
    // The connection's loss is told by `exit`.
  }
  return tail;
}

function failure(
  { vm, directory, base }: ExportRequest,
  exit: { code: number | null; signal: number | null },
  stderr: string,
): BangerError {
  const again = `\`banger vm workspace export ${vm}`;
  switch (exit.code) {
    case EXPORT_STATUS.NO_GIT:
      return new BangerError("ERR_WORKSPACE_NO_GIT", `${vm} has no git`, {
        next: `install it there, for instance \`banger vm exec ${vm} -- apt-get install -y git\``,
      });
    case EXPORT_STATUS.NO_REPOSITORY:
      return new BangerError("ERR_WORKSPACE_NO_REPOSITORY", `${vm} has no git checkout at ${directory}`, {
        next: `bring one there with \`banger vm workspace prepare ${vm} .\`, or name another directory: --repo DIR`,
      });
    case EXPORT_STATUS.NO_BASE:
      return new BangerError("ERR_WORKSPACE_NO_BASE", `nothing tells what ${directory} in ${vm} began with`, {
        next: `name the commit: ${again} --base-commit SHA\``,
      });
    case EXPORT_STATUS.UNKNOWN_BASE: {
      const what = base === undefined ? "the commit that was prepared" : `"${base}"`;
      return new BangerError("ERR_WORKSPACE_UNKNOWN_BASE", `${what} is no commit of ${directory} in ${vm}`, {
        next: `name one that \`banger vm exec ${vm} -- git -C ${directory} log --oneline\` lists, with --base-commit`,
      });
    }
    case EXPORT_STATUS.NO_ROOM:
      return new BangerError(
        "ERR_WORKSPACE_NO_ROOM",
        `${vm} has no room to collect the changes in ${directory}`,
        {
          next: `see what fills its disk: \`banger vm exec ${vm} -- df -h ${directory}\``,
        },
      );
    case EXPORT_STATUS.ENDED:
      return guestEnded("the export");
    default: {
      const how = exit.signal === null ? `status ${exit.code}` : `signal ${exit.signal}`;
      const said = stderr.trim().split("\n").at(-1) ?? "";
      return new BangerError(
        "ERR_WORKSPACE_EXPORT",
        `the export failed in ${vm} (${how})${said === "" ? "" : `: ${said}`}`,
        { next: `see what git says there: \`banger vm exec ${vm} -- git -C ${directory} status\`` },
      );
    }
  }
}

import os from "node:os";
import { bangerDirs } from "../config/paths.ts";
import type { CliContext } from "./context.ts";
import { daemonAccess, withDaemon } from "./daemon-access.ts";
import { main } from "./main.ts";
import { say, writeAll } from "./output.ts";
import { renderError } from "./render/error.ts";
import { type Style, styleFor, wantsColour } from "./render/style.ts";

/** The CLI on the real process. Ends it with the command's status once all output is out. */
export async function runProcess(args: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr, env } = process;
  const style = {
    stdout: styleFor(wantsColour(stdout.isTTY, env)),
    stderr: styleFor(wantsColour(stderr.isTTY, env)),
  };
  // Writers learn of errors by their own callbacks; without a listener Node would throw them into the process.
  stdout.on("error", () => undefined);
  stderr.on("error", () => undefined);
  process.on("exit", () => restoreTerminal(stdin));
  const crash = (error: unknown) => {
    stderr.write(renderError(error, style.stderr, args.includes("--debug")));
    process.exit(125);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);

  const status = await main(() => contextOf(style), args, { stdout, stderr, env, style });
  await writeAll(stderr, "").catch(() => undefined);
  process.exit(status);
}

function restoreTerminal(stdin: NodeJS.ReadStream): void {
  if (stdin.isTTY && stdin.isRaw) stdin.setRawMode(false);
}

function contextOf(style: { stdout: Style; stderr: Style }): CliContext {
  const uid = process.getuid?.() ?? 0;
  const dirs = bangerDirs({ env: process.env, home: os.homedir(), uid });
  const daemon = daemonAccess({ dirs, env: process.env, entry: process.argv[1] ?? "" });
  const note = (text: string) => say(process, text);
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    now: () => new Date(),
    daemon,
    style,
    withDaemon: (work) => withDaemon(daemon, work, note),
  };
}

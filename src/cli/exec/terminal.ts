import type { ExecSession } from "../../shared/exec/exec-session.ts";
import type { CliContext } from "../context.ts";
import { windowOf } from "./options.ts";

/** Our terminal becomes the command's: raw, its size followed. The returned function gives it back. */
export function attachTerminal(
  context: Pick<CliContext, "stdin" | "stdout" | "signals">,
  session: Pick<ExecSession, "resize">,
): () => void {
  const { stdin, stdout, signals } = context;
  const raw = (on: boolean) => {
    if (stdin.isTTY) stdin.setRawMode(on);
  };
  const resize = () => session.resize(windowOf(context));
  // After a stop and a continue from outside, the shell has put the terminal back to its own mode.
  const resume = () => {
    raw(true);
    resize();
  };
  raw(true);
  stdout.on("resize", resize);
  signals.on("SIGCONT", resume);
  return () => {
    stdout.off("resize", resize);
    signals.off("SIGCONT", resume);
    raw(false);
  };
}

import { guestRun, type OpenExec } from "../guest.ts";
import type { PlannedTool, ToolingPlan } from "./plan.ts";

/** Downloads and compiles: long, but not for ever. */
const MOST_MS = 15 * 60_000;
const NO_MISE = 127;

/** From `/`: the configuration of a checkout is not trusted by anybody yet. */
const SCRIPT = `command -v mise >/dev/null 2>&1 || exit ${NO_MISE}; exec mise use --global --yes "$@"`;

/**
 * Prepares the planned tools in a guest with mise (RUN-6): best effort, so what was skipped is told, in a line each, and never thrown.
 * Rejects only with the signal's reason.
 */
export async function installTools(
  open: OpenExec,
  { tools }: Pick<ToolingPlan, "tools">,
  signal: AbortSignal,
): Promise<string[]> {
  if (tools.length === 0) return [];
  const late = AbortSignal.timeout(MOST_MS);
  try {
    const argv = ["sh", "-c", SCRIPT, "sh", ...tools.map(({ tool, version }) => `${tool}@${version}`)];
    const done = await guestRun(open, argv, { signal: AbortSignal.any([signal, late]) });
    if (done.status === 0) return [];
    if (done.status === NO_MISE) return [skipped(tools, "the image has no mise")];
    return [skipped(tools, `mise ended with ${done.status}: ${lastLine(done.stderr)}`)];
  } catch (error) {
    signal.throwIfAborted();
    const why = late.aborted ? "mise took too long" : error instanceof Error ? error.message : String(error);
    return [skipped(tools, why)];
  }
}

function skipped(tools: readonly PlannedTool[], why: string): string {
  return `tools are not prepared, ${why}: ${tools.map(({ tool, version }) => `${tool} ${version}`).join(", ")}`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "it said nothing";
}

import type { RpcClient } from "../../rpc/client.ts";
import { notesOf, renderSummary, summarize } from "../../workspace/describe.ts";
import { makePlans, type Plans } from "../../workspace/plan.ts";
import { type Prepared, prepareGuest } from "../../workspace/prepare.ts";
import { toolLines } from "../../workspace/tooling/plan.ts";
import { planToolingOf } from "../../workspace/tooling/read.ts";
import type { CliContext } from "../context.ts";
import { progressOf } from "../operation.ts";
import { print, printJson } from "../output.ts";
import { type Progress, SILENT } from "../render/progress.ts";
import { sanitize } from "../render/sanitize.ts";
import { type EndSignal, Interrupted, onEndSignals, statusOfSignal } from "../signals.ts";
import { gitOf, planOptionsOf, type WorkspaceRequest } from "./options.ts";
import { takeTurn } from "./turn.ts";

/** Runs `body` with a signal that a Ctrl-C aborts; it may clean up, and then {@link Interrupted} is thrown. A second one ends us at once. */
export async function interruptible<T>(
  context: CliContext,
  body: (signal: AbortSignal) => Promise<T>,
  exit: (status: number) => void = (status) => process.exit(status),
): Promise<T> {
  const abort = new AbortController();
  let by: EndSignal | null = null;
  const off = onEndSignals(context.signals, (signal) => {
    if (by !== null) return exit(statusOfSignal(signal));
    by = signal;
    abort.abort(new Interrupted(signal));
  });
  try {
    const result = await body(abort.signal);
    if (by !== null) throw new Interrupted(by);
    return result;
  } catch (error) {
    throw by === null ? error : new Interrupted(by);
  } finally {
    off();
  }
}

export interface DryRun {
  readonly json: boolean;
  /** Also the tools that would be prepared. */
  readonly tools: boolean;
}

/** Lists what would be copied (WS-2), and which tools would be prepared (RUN-6). */
export function dryRun(
  context: CliContext,
  request: WorkspaceRequest,
  { json, tools }: DryRun,
): Promise<number> {
  return withPlans(context, request, async (plans) => {
    const summary = summarize(plans);
    if (json) await printJson(context, summary);
    else await print(context, renderSummary(summary));
    const lines = tools ? toolLines(await planToolingOf(plans.all[0].repository.top)) : [];
    if (lines.length > 0)
      await print(context, ["tools:", ...lines.map((line) => `  ${sanitize(line)}`), ""].join("\n"));
    return 0;
  });
}

/** The plans of a checkout, for as long as `body` runs; whatever ends it, no temporary file is left. */
export function withPlans<T>(
  context: CliContext,
  request: WorkspaceRequest,
  body: (plans: Plans, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return interruptible(context, async (signal) => {
    const plans = await makePlans(gitOf(context), request.path, {
      ...planOptionsOf(context, request),
      signal,
    });
    try {
      return await body(plans, signal);
    } finally {
      await plans[Symbol.asyncDispose]();
    }
  });
}

export interface PrepareInVm {
  readonly vm: string;
  readonly request: WorkspaceRequest;
  readonly force: boolean;
  readonly quiet: boolean;
}

/** Copies a planned checkout into a VM, shown as a stage, while no other prepare or export of it is under way (WS-4). */
export async function prepareInVm(
  context: CliContext,
  client: Pick<RpcClient, "exec" | "workspace">,
  plans: Plans,
  { vm, request, force, quiet }: PrepareInVm,
  signal: AbortSignal,
): Promise<Prepared> {
  const progress = quiet ? SILENT : progressOf(context);
  try {
    // A VM that is not there, or a daemon that is to be replaced, is no copy that failed.
    const held = await takeTurn(client, { vm, progress, signal });
    try {
      for (const text of notesOf(plans)) progress.event({ type: "note", text });
      const meter = (doneBytes: number) => progress.event({ ...STAGE, state: "progress", doneBytes });
      const guest = { open: (options: { signal?: AbortSignal | undefined }) => client.exec(vm, options) };
      const { branch, from } = request;
      const work = () => prepareGuest(plans, { guest, branch, from, force, signal, meter });
      return await shown(progress, signal, work);
    } finally {
      held.destroy();
    }
  } finally {
    progress.end();
  }
}

const STAGE = { type: "stage", name: "workspace" } as const;

/** The copy itself, as a stage. */
async function shown(
  progress: Progress,
  signal: AbortSignal,
  work: () => Promise<Prepared>,
): Promise<Prepared> {
  const began = performance.now();
  const elapsed = () => performance.now() - began;
  progress.event({ ...STAGE, state: "start" });
  try {
    const prepared = await work();
    progress.event({ ...STAGE, state: "done", elapsedMs: elapsed() });
    return prepared;
  } catch (error) {
    // What has arrived whole is put in place, signal or not; then there is no error.
    if (signal.aborted) progress.event({ type: "note", text: "interrupted; /root/repo is as it was before" });
    else progress.event({ ...STAGE, state: "failed", elapsedMs: elapsed() });
    throw error;
  }
}

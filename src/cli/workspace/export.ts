import { createReadStream } from "node:fs";
import path from "node:path";
import type { RpcClient } from "../../rpc/client.ts";
import { type Applied, applyExport } from "../../workspace/apply/apply.ts";
import { writeOutput } from "../../workspace/export/output-file.ts";
import type { Export } from "../../workspace/export/receive.ts";
import { exportOver, runExport } from "../../workspace/export/run.ts";
import { shown } from "../../workspace/paths.ts";
import { openRepository } from "../../workspace/repository.ts";
import { tempDirectory } from "../../workspace/temp.ts";
import { userSettings } from "../../workspace/user-settings.ts";
import type { CliContext } from "../context.ts";
import { progressOf } from "../operation.ts";
import { print, printJson, say, writeAll } from "../output.ts";
import { changeJson, changesOf, renderChanges } from "../render/changes.ts";
import { SILENT } from "../render/progress.ts";
import { sanitize } from "../render/sanitize.ts";
import type { Style } from "../render/style.ts";
import { gitOf, userHomeOf } from "./options.ts";
import { interruptible } from "./prepare.ts";
import { takeTurn } from "./turn.ts";

export interface ExportOptions {
  readonly ref: string;
  readonly base: string | undefined;
  /** In the guest. */
  readonly directory: string;
  /** A file, or `-`. */
  readonly output: string | null;
  readonly apply: { readonly checkout: string; readonly conflicts: boolean } | null;
  readonly stat: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `vm workspace export`. Resolves with the exit status: 1 where conflicts were written. */
export async function exportWorkspace(context: CliContext, options: ExportOptions): Promise<number> {
  let writing = false;
  const work = async (signal: AbortSignal) => {
    await using temp = await tempDirectory(context.env.TMPDIR || undefined);
    const { apply } = options;
    // What is wrong on this side is said before the guest is asked for anything.
    const opened = apply === null ? null : await openRepository(gitOf(context), apply.checkout, { signal });
    await using repository = opened;
    const file = path.join(temp.path, "export.patch");
    const made = await context.withDaemon((client) => receive(context, client, options, file, signal));
    sayLeftOut(context, made);
    // Awaited here: the patch is gone with this scope.
    if (repository === null || apply === null) return await deliver(context, made, options);
    writing = true;
    const settings = await userSettings(gitOf(context), userHomeOf(context), signal);
    const applied = await applyExport(repository, made, {
      conflicts: apply.conflicts,
      userSettings: settings,
      signal,
    });
    return await report(context, made, applied, { ...options, top: repository.top });
  };
  return interruptible(context, work, (status) => {
    // What was written is put back first; that takes no guest.
    if (!writing) process.exit(status);
  });
}

/** The guest's part, with progress. */
async function receive(
  context: CliContext,
  client: RpcClient,
  options: ExportOptions,
  file: string,
  signal: AbortSignal,
): Promise<Export> {
  const { ref, directory, base, quiet } = options;
  const progress = quiet ? SILENT : progressOf(context);
  const name = "collect changes";
  // While no prepare or other export of this VM is under way (WS-4).
  const held = await takeTurn(client, { vm: ref, progress, signal }).catch((error: unknown) => {
    progress.end();
    throw error;
  });
  const began = performance.now();
  progress.event({ type: "stage", name, state: "start" });
  try {
    const start = exportOver(await client.exec(ref, { signal }));
    const onBytes = (doneBytes: number) =>
      progress.event({ type: "stage", name, state: "progress", doneBytes });
    const made = await runExport(start, { vm: ref, directory, base, file, onBytes });
    progress.event({ type: "stage", name, state: "done", elapsedMs: performance.now() - began });
    return made;
  } finally {
    progress.end();
    held.destroy();
  }
}

function sayLeftOut(context: CliContext, { nested, submodules }: Export): void {
  const list = (names: readonly string[]) => names.slice(0, 10).join(", ") + (names.length > 10 ? ", …" : "");
  if (nested.length > 0) say(context, `not in the patch: repositories inside the checkout: ${list(nested)}`);
  if (submodules.length > 0)
    say(context, `not in the patch: uncommitted changes inside submodules: ${list(submodules)}`);
}

/** The patch, or what is in it. */
async function deliver(context: CliContext, made: Export, options: ExportOptions): Promise<number> {
  const changes = changesOf(made.entries);
  const listFor = (style: Style) =>
    changes.length === 0 ? "nothing has changed\n" : renderChanges(changes, style);
  if (options.output !== null && options.output !== "-") await writeOutput(made.file, options.output);
  if (options.json) {
    const { base, tree, bytes } = made;
    await printJson(context, { base, tree, patchBytes: bytes, files: changes.map(changeJson) });
    return 0;
  }
  const toStdout =
    options.output === "-" || (options.output === null && !options.stat && context.stdout.isTTY !== true);
  if (toStdout) {
    for await (const chunk of createReadStream(made.file)) await writeAll(context.stdout, chunk as Buffer);
    if (!options.quiet) say(context, listFor(context.style.stderr).trimEnd());
  } else if (!options.quiet || options.stat) {
    await print(context, listFor(context.style.stdout));
    const hint = "the patch itself: --output FILE, or --apply to have it in your checkout";
    if (options.output === null && !options.stat && changes.length > 0) say(context, hint);
  }
  return 0;
}

async function report(
  context: CliContext,
  made: Export,
  applied: Applied,
  options: ExportOptions & { readonly top: string },
): Promise<number> {
  const changes = changesOf(applied.entries);
  const conflicts = applied.conflicts.map(shown);
  const unstaged = applied.unstaged.map(shown);
  const status = conflicts.length > 0 ? 1 : 0;
  if (options.json) {
    const { how } = applied;
    await printJson(context, {
      base: made.base,
      tree: made.tree,
      how,
      files: changes.map(changeJson),
      conflicts,
      unstaged,
    });
    return status;
  }
  if (changes.length === 0) {
    if (!options.quiet)
      await print(
        context,
        made.entries.length === 0 ? "nothing has changed\n" : "your checkout has all of it already\n",
      );
    return 0;
  }
  if (!options.quiet) await print(context, renderChanges(changes, context.style.stdout));
  if (unstaged.length > 0 && !options.quiet)
    say(context, `applied, but not staged, as they had unstaged changes: ${unstaged.join(", ")}`);
  const how = applied.how === "direct" ? "applied" : "merged with changes of your checkout, and applied";
  if (conflicts.length === 0 && !options.quiet) say(context, `${how} to ${sanitize(options.top)}`);
  if (conflicts.length > 0)
    say(
      context,
      `conflict markers are in: ${conflicts.join(", ")}\n  resolve them, then \`git add\` these files`,
    );
  return status;
}

import { type BytePath, shown } from "./paths.ts";
import { counted, type Plan, type Plans, sample } from "./plan.ts";

/** A plan as data, for `--json`; paths as text, with escapes for what is none. */
export interface PlanSummary {
  readonly checkout: string;
  readonly branch: string | null;
  readonly commit: string | null;
  readonly files: readonly { readonly path: string; readonly mode: string; readonly sizeBytes: number }[];
  readonly deleted: readonly string[];
  readonly totalBytes: number;
  readonly notes: readonly string[];
}

export function summarize(plans: Plans): PlanSummary {
  const [first] = plans.all;
  const each = <T>(of: (plan: Plan) => readonly T[]) => plans.all.flatMap((plan) => [...of(plan)]);
  const files = each((plan) =>
    plan.entries
      .filter((entry) => entry.kind !== "directory")
      .map((entry) => ({
        path: shown(plan.prefix + entry.path),
        mode: entry.kind === "link" ? "120777" : `100${entry.mode.toString(8).padStart(3, "0")}`,
        sizeBytes: entry.size,
      })),
  );
  return {
    checkout: first.repository.top,
    branch: first.repository.headRef?.replace(/^refs\/heads\//, "") ?? null,
    commit: first.repository.head,
    files,
    deleted: each((plan) => plan.deleted.map((file) => shown(plan.prefix + file))),
    totalBytes: files.reduce((total, file) => total + file.sizeBytes, 0),
    notes: notesOf(plans),
  };
}

/** What is not copied, and what one should know: a line each. */
export function notesOf(plans: Plans): string[] {
  const all = (of: (plan: Plan) => readonly BytePath[]) =>
    plans.all.flatMap((plan) => of(plan).map((file) => plan.prefix + file));
  const say = (files: readonly BytePath[], [one, many]: readonly [string, string], hint = "") =>
    files.length === 0 ? [] : [`${counted(files.length, one, many)} not copied${hint}: ${sample(files)}`];
  return [
    ...say(
      all((plan) => plan.untracked),
      ["untracked file is", "untracked files are"],
      " (--include-untracked does)",
    ),
    ...say(
      all((plan) => plan.submodules),
      ["submodule is", "submodules are"],
      " (--mode full_copy copies those that are checked out)",
    ),
    ...say(
      all((plan) => plan.nested),
      ["repository inside of this one is", "repositories inside of this one are"],
    ),
    ...say(
      all((plan) => plan.odd),
      ["pipe, socket or device is", "pipes, sockets and devices are"],
    ),
    ...plans.all.flatMap((plan) => plan.notes),
  ];
}

/** What `--dry-run` prints: one line for each file, as `git ls-files` has modes, then what else there is to say. */
export function renderSummary(summary: PlanSummary): string {
  const { branch, commit } = summary;
  const at = commit === null ? "no commit yet" : commit.slice(0, 12);
  return [
    `checkout ${shownText(summary.checkout)} at ${at} (${branch === null ? "detached HEAD" : `branch ${branch}`})`,
    ...summary.files.map((file) => `${file.mode} ${String(file.sizeBytes).padStart(12)}  ${file.path}`),
    ...summary.deleted.map((file) => `${"deleted".padStart(19)}  ${file}`),
    `${counted(summary.files.length, "file", "files")}, ${summary.totalBytes} bytes, and up to 10 commits of history`,
    ...summary.notes,
    "",
  ].join("\n");
}

function shownText(text: string): string {
  return shown(Buffer.from(text, "utf8").toString("latin1"));
}

import { BangerError } from "../../shared/errors.ts";
import { type BytePath, shown } from "../paths.ts";

const MAX_LISTED = 10;
const MAX_REASONS = 3;

export function conflictError(conflicts: readonly BytePath[]): BangerError {
  return new BangerError(
    "ERR_WORKSPACE_CONFLICT",
    `your checkout and the guest have changed the same lines of ${listed(conflicts)}; nothing was changed`,
    {
      next: "add --conflicts to have both versions in these files, with conflict markers, or write the patch to a file with --output",
      details: { conflicts: conflicts.map(shown) },
    },
  );
}

export function doesNotApply(reasons: readonly string[]): BangerError {
  const what = reasons.length === 0 ? "" : ` (${reasons.slice(0, MAX_REASONS).join("; ")})`;
  return new BangerError(
    "ERR_WORKSPACE_DOES_NOT_APPLY",
    `the guest's changes do not fit your checkout${what}; nothing was changed`,
    {
      next: "commit, move or stash what is in their way, or check out the commit that was prepared; --output writes the patch to a file",
    },
  );
}

/** What git gives as reasons. */
export function reasonsIn(stderr: string): string[] {
  const lines = stderr.split("\n").filter((line) => /^(error|fatal): /.test(line));
  return lines.map((line) => line.replace(/^\w+: /, ""));
}

function listed(paths: readonly BytePath[]): string {
  const names = [...new Set(paths)].map((each) => `"${shown(each)}"`);
  const rest = names.length - MAX_LISTED;
  return rest > 0 ? `${names.slice(0, MAX_LISTED).join(", ")} and ${rest} more` : names.join(", ");
}

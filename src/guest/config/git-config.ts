import type { GitIdentity } from "../../domain/file-sync.ts";

/** A guest's `/root/.gitconfig` (GST-5): whom commits made there name. Null where the host says nothing. */
export function gitConfigLines(identity: GitIdentity): string[] | null {
  const lines = (["name", "email"] as const).flatMap((key) => {
    const value = identity[key];
    return value === null ? [] : [`\t${key} = ${quoted(value)}`];
  });
  return lines.length === 0
    ? null
    : ["# Settings of the guest's own go to ~/.config/git/config", "[user]", ...lines];
}

/** A value as git-config(1) reads it back, whatever is in it. */
function quoted(value: string): string {
  const escaped = value
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t");
  return `"${escaped}"`;
}

import { BangerError, errorMessage } from "../../shared/errors.ts";
import { sanitizeLines } from "./sanitize.ts";
import type { Style } from "./style.ts";

/** `banger: <sentence>` and, indented, the next step (CLI-1). With `debug` also the stack, with every cause. */
export function renderError(error: unknown, style: Style, debug: boolean): string {
  const head = `${style.red("banger:")} ${sanitizeLines(sentence(error))}\n`;
  const next = error instanceof BangerError && error.next !== undefined ? error.next : undefined;
  const step = next === undefined ? "" : `  ${sanitizeLines(next).replaceAll("\n", "\n  ")}\n`;
  return head + step + (debug ? `${sanitizeLines(stackOf(error))}\n` : "");
}

function sentence(error: unknown): string {
  if (!(error instanceof AggregateError)) return errorMessage(error);
  return error.errors.length === 0 ? error.message : error.errors.map(sentence).join("; ");
}

function stackOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 8) return String(error);
  const code = error instanceof BangerError ? `code: ${error.code} ${JSON.stringify(error.details)}\n` : "";
  const own = `${code}${error.stack ?? error.message}`;
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const cause = error.cause === undefined ? [] : [error.cause];
  return [own, ...[...inner, ...cause].map((each) => `caused by: ${stackOf(each, depth + 1)}`)].join("\n");
}

import { shortId } from "../../domain/vm.ts";
import type { OperationSummary } from "../../rpc/contract.ts";
import { sanitize } from "./sanitize.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { ago } from "./time.ts";

const HEADER = ["ID", "OPERATION", "ABOUT", "STATE", "STAGE", "STARTED"];

export function operationTable(operations: readonly OperationSummary[], now: Date, style: Style): string {
  const rows = operations.map((each) => [
    shortId(sanitize(each.id)),
    sanitize(each.kind),
    sanitize(each.subject),
    state(each, style),
    sanitize(each.stages.join(", ")),
    ago(each.startedAt, now),
  ]);
  return table(
    HEADER.map((title) => style.bold(title)),
    rows,
  );
}

function state({ state: text }: OperationSummary, style: Style): string {
  if (text === "done") return style.green(text);
  return text === "running" ? style.yellow(text) : style.red(text);
}

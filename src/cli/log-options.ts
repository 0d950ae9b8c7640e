import type { OptionSpec, ParsedArgs } from "./command.ts";
import { usageError } from "./usage-error.ts";

/** Options of whatever prints a log, as `docker logs` has them. */
export const LOG_OPTIONS: readonly OptionSpec[] = [
  { name: "follow", short: "f", kind: "flag", describe: "go on with what comes" },
  {
    name: "tail",
    short: "n",
    kind: "value",
    placeholder: "N",
    describe: "only the last N lines of what is there",
    default: "all",
    completes: ["all"],
  },
];

export interface LogRequest {
  readonly follow: boolean;
  /** Null: all. */
  readonly tailLines: number | null;
}

export function logRequestOf({ flags, values }: ParsedArgs): LogRequest {
  const text = values.get("tail") ?? "all";
  if (text !== "all" && !/^\d{1,9}$/.test(text)) {
    throw usageError(`--tail "${text}" is not a number of lines`, "write it like --tail 100");
  }
  return { follow: flags.has("follow"), tailLines: text === "all" ? null : Number(text) };
}

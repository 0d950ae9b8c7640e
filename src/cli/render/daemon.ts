import type { DaemonStatus } from "../../rpc/contract.ts";
import { buildTag } from "../../shared/build-info.ts";
import { sanitize } from "./sanitize.ts";
import { details } from "./table.ts";
import { ago } from "./time.ts";

/** `ours` is the build of this CLI: another one's daemon is worth a word. */
export function daemonDetails(status: DaemonStatus, now: Date, ours: string): string {
  const tag = buildTag(status.build);
  const other = tag === ours ? "" : `; this CLI is ${ours}: the next command replaces the daemon`;
  return details([
    ["build", sanitize(`${tag} (${status.build.time})${other}`)],
    ["pid", String(status.pid)],
    ["started", `${sanitize(status.startedAt)} (${ago(status.startedAt, now)})`],
    ["running VMs", String(status.runningVms)],
    ["operations", String(status.operations)],
    ["socket", sanitize(status.socket)],
    ["state", sanitize(status.stateDirectory)],
    ["log", sanitize(status.log)],
  ]);
}

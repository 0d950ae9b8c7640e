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
    ...dnsDetails(status.dns),
    ["socket", sanitize(status.socket)],
    ["state", sanitize(status.stateDirectory)],
    ["log", sanitize(status.log)],
  ]);
}

/** An older daemon, which is yet to be replaced, says nothing of DNS. */
function dnsDetails(dns: DaemonStatus["dns"] | undefined): [string, string][] {
  if (dns === undefined) return [];
  const { host, guests, resolved } = dns;
  const lines: [string, string][] = [["DNS", serverText(host)]];
  if (guests !== null) lines.push(["DNS for guests", serverText(guests)]);
  if (resolved !== null && resolved.state !== "absent")
    lines.push(["systemd-resolved", routingText(resolved)]);
  return lines;
}

function serverText({ at, problem }: DaemonStatus["dns"]["host"]): string {
  return sanitize(problem === null ? `${at} (UDP, TCP)` : `not at ${at}: ${problem} (see \`banger doctor\`)`);
}

function routingText({ state, problem }: NonNullable<DaemonStatus["dns"]["resolved"]>): string {
  return sanitize(state === "routed" ? "asks it for names in .vm" : `does not ask it: ${problem}`);
}

import type { DnsState } from "../../domain/dns.ts";
import type { DoctorCheck } from "../../domain/doctor.ts";
import { type BuildInfo, buildTag } from "../../shared/build-info.ts";
import { pass, warn } from "../check.ts";

/** What serves the daemon's socket. */
export type DaemonAnswer =
  | { state: "none" }
  | { state: "running"; build: BuildInfo; pid: number; runningVms: number; dns: DnsState | null }
  | { state: "silent"; reason: string };

/** DMN-1. A daemon that does not run is no trouble: the next command starts one. */
export function checkDaemon(answer: DaemonAnswer, ours: BuildInfo, socket: string): DoctorCheck {
  if (answer.state === "none") return pass("daemon", "not running; the next command starts it");
  if (answer.state === "silent") {
    return warn("daemon", `${socket} is there, and does not answer: ${answer.reason}`, {
      next: "see `banger daemon logs`",
    });
  }
  const tag = buildTag(answer.build);
  const runs = `running (pid ${answer.pid}, ${answer.runningVms} VMs)`;
  if (tag === buildTag(ours)) return pass("daemon", `${runs}, of this build`);
  return warn("daemon", `${runs}, of another build: ${tag}; this one is ${buildTag(ours)}`, {
    command: "banger daemon stop",
  });
}

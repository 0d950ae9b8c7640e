import type { DnsState } from "../../domain/dns.ts";
import type { DoctorCheck } from "../../domain/doctor.ts";
import { type BuildInfo, buildTag } from "../../shared/build-info.ts";
import { pass, warn } from "../check.ts";

/** What serves the daemon's socket. */
export type DaemonAnswer =
  | { state: "none" }
  | {
      state: "running";
      build: BuildInfo;
      pid: number;
      startedAt: Date;
      runningVms: number;
      dns: DnsState | null;
    }
  | { state: "silent"; reason: string };

/** The configuration that is there now. */
export interface ConfigFile {
  readonly file: string;
  /** When it was last changed; null where there is none. */
  readonly changedAt: Date | null;
}

/** DMN-1. A daemon that does not run is no trouble: the next command starts one. It reads its configuration when it starts. */
export function checkDaemon(
  answer: DaemonAnswer,
  ours: BuildInfo,
  socket: string,
  config: ConfigFile,
): DoctorCheck {
  if (answer.state === "none") return pass("daemon", "not running; the next command starts it");
  if (answer.state === "silent") {
    return warn("daemon", `${socket} is there, and does not answer: ${answer.reason}`, {
      next: "see `banger daemon logs`",
    });
  }
  const tag = buildTag(answer.build);
  const runs = `running (pid ${answer.pid}, ${answer.runningVms} VMs)`;
  const command = "banger daemon stop";
  if (tag !== buildTag(ours)) {
    return warn("daemon", `${runs}, of another build: ${tag}; this one is ${buildTag(ours)}`, { command });
  }
  if (config.changedAt !== null && config.changedAt > answer.startedAt) {
    return warn("daemon", `${runs}, as ${config.file} was before it was changed`, { command });
  }
  return pass("daemon", `${runs}, of this build`);
}

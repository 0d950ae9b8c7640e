import os from "node:os";
import process from "node:process";
import { bangerDirs } from "../config/paths.ts";
import { addonBuildInfo, openLinuxHostOps } from "../host/linux/index.ts";
import { buildInfo } from "../shared/build-info.ts";
import { toErrorBody } from "../shared/error-body.ts";
import { BangerError } from "../shared/errors.ts";
import { compose } from "./compose.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { runDoctor } from "./doctor/run.ts";
import { packageFiles } from "./package-files.ts";
import { type Readiness, readinessChannel } from "./ready.ts";

/** The daemon's process, from its start to its end. `entry` is the directory of the running program. */
export async function main(entry: string, args: readonly string[]): Promise<void> {
  if (args[0] === "doctor") return doctor(entry);
  const tell = readinessChannel(process.env) ?? tellPerson;
  process.umask(0o077);
  try {
    await run(entry, tell);
  } catch (error) {
    tell({ error: toErrorBody(error) });
    process.exit(1);
  }
}

async function run(entry: string, tell: (readiness: Readiness) => void): Promise<void> {
  const uid = checkRoot();
  // What a client asks while the start is not over yet, or a signal that comes then, is done when it is.
  const stopping = Promise.withResolvers<{ force: boolean }>();
  const onSignal = () => stopping.resolve({ force: false });
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  // The terminal that started it is none of its business.
  process.on("SIGHUP", () => undefined);
  const home = os.homedir();
  const daemon = await startDaemon({
    dirs: bangerDirs({ env: process.env, home, uid }),
    home,
    owner: { uid, gid: process.getgid?.() ?? 0 },
    env: process.env,
    files: packageFiles(entry),
    build: buildInfo,
    openHost: openLinuxHostOps,
    compose,
    onStopRequest: stopping.resolve,
  });
  dieLoudly(daemon);
  tell({ ready: true });
  await daemon.stop(await stopping.promise);
  process.exit(0);
}

/** `bangerd doctor`: no daemon, but its program: what is looked at needs addon and SQLite, which the CLI has not. One report, as JSON. */
async function doctor(entry: string): Promise<void> {
  const home = os.homedir();
  const uid = process.getuid?.() ?? 0;
  const report = await runDoctor({
    dirs: bangerDirs({ env: process.env, home, uid }),
    home,
    uid,
    env: process.env,
    files: packageFiles(entry),
    build: buildInfo,
    openHost: openLinuxHostOps,
    addonBuild: addonBuildInfo,
  });
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

function checkRoot(): number {
  const uid = process.getuid?.() ?? -1;
  if (uid === 0) return uid;
  throw new BangerError("ERR_NOT_ROOT", "the daemon needs to run as root in this release", {
    next: "run banger with sudo",
  });
}

/** A defect ends the daemon rather than leaving it half alive: VMs run on, and the next command starts a new one (VM-11). */
function dieLoudly({ logger }: Daemon): void {
  const die = (err: unknown) => {
    logger.error({ err }, "the daemon failed");
    process.exit(70);
  };
  process.on("uncaughtException", die).on("unhandledRejection", die);
}

function tellPerson(readiness: Readiness): void {
  if ("ready" in readiness) return void process.stderr.write("bangerd: ready\n");
  const { message, next } = readiness.error;
  process.stderr.write(`bangerd: ${message}${next === undefined ? "" : `\n${next}`}\n`);
}

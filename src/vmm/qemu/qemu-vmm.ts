import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { MachineSpec, Problem, Vmm } from "../../domain/ports.ts";
import type { Accelerator } from "../../domain/vm.ts";
import type { HostOps, ProcessExit, ProcessRef } from "../../host/host-ops.ts";
import { BangerError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { qemuArguments } from "./command-line.ts";
import { connectOnce, connectWhenThere } from "./connect.ts";
import { copyConsole } from "./console-follower.ts";
import { findQemu, firstCpuinfo, noQemu, pickAccelerator, tunProblem } from "./host.ts";
import { qemuJail } from "./jail.ts";
import { cpuMhz, kernelCommandLine } from "./kernel-command-line.ts";
import { socketNameList, socketPath, TAP_FD } from "./layout.ts";
import { capForeignLog, logTail } from "./log-tail.ts";
import { QmpClient } from "./qmp/client.ts";

const SIGKILL = 9;
const KVM = "/dev/kvm";
const TUN = "/dev/net/tun";
/** A QEMU that has not built its machine by then hangs; loaded hosts need well under a second. */
const START_TIMEOUT_MS = 60_000;
const QMP_TIMEOUT_MS = 5_000;

export interface QemuVmmOptions {
  readonly hostOps: Pick<HostOps, "process">;
  /** `qemu_bin` of the configuration, or null: the first on PATH. */
  readonly qemuBin: string | null;
  readonly searchPath: string | undefined;
  /** Largest size of a console's log, of which one older copy is kept; default 4 MiB. */
  readonly consoleLogBytes?: number;
  readonly logger: Logger;
}

/** QEMU's `microvm` machine (VMM-1 to VMM-4), one jailed process per VM; nothing of it depends on the daemon's life. */
export class QemuVmm implements Vmm {
  readonly kind = "qemu";
  readonly #options: QemuVmmOptions;
  readonly #cpuinfo: () => Promise<string>;
  /** Consoles that are being copied, by runtime directory. */
  readonly #consoles = new Map<string, Promise<void>>();

  constructor(options: QemuVmmOptions) {
    this.#options = options;
    let read: Promise<string> | null = null;
    this.#cpuinfo = () => {
      read ??= firstCpuinfo();
      return read;
    };
  }

  async accelerator(): Promise<{ kind: Accelerator; reason: string }> {
    return pickAccelerator(KVM, await this.#cpuinfo());
  }

  async preflight(): Promise<Problem[]> {
    const [program, tun] = await Promise.all([this.#program(), tunProblem(TUN)]);
    const qemu = program === null ? noQemu(this.#options.qemuBin) : null;
    return [qemu, tun].filter((problem) => problem !== null);
  }

  async start(machine: MachineSpec): Promise<ProcessRef> {
    const process = await this.#spawn(machine);
    const ended = new AbortController();
    const exit = this.wait(process).then((result) => {
      ended.abort(result);
      return result;
    });
    const died = exit.then(async (result) => {
      throw await diedError(result, machine.vmmLog);
    });
    // The VM may end (or the daemon stop waiting) long after this start.
    died.catch(() => undefined);
    try {
      await Promise.race([this.#running(machine, ended.signal), died]);
    } catch (error) {
      await this.kill(process);
      await this.cleanUp(machine);
      // A socket that breaks is how a death shows first; the exit says more.
      throw ended.signal.aborted ? await died.catch((reason: unknown) => reason) : error;
    }
    return process;
  }

  connectGuest(machine: { runtime: string; bootToken: string }, signal: AbortSignal): Promise<Duplex> {
    return connectWhenThere(socketPath(machine.runtime, "agent"), signal);
  }

  followConsole(machine: { runtime: string; consoleLog: string; vmmLog?: string }): void {
    if (this.#consoles.has(machine.runtime)) return;
    this.#follow(machine, connectOnce(socketPath(machine.runtime, "console"))).catch((err) =>
      this.#options.logger.warn({ runtime: machine.runtime, err }, "the guest's console cannot be followed"),
    );
  }

  async powerButton(machine: { runtime: string }): Promise<void> {
    const timeout = AbortSignal.timeout(QMP_TIMEOUT_MS);
    const qmp = await this.#qmp(machine.runtime, timeout);
    try {
      await qmp.negotiate();
      await qmp.execute("system_powerdown");
    } finally {
      qmp.close();
    }
  }

  wait(process: ProcessRef): Promise<ProcessExit> {
    return this.#options.hostOps.process.wait(process);
  }

  async kill(process: ProcessRef): Promise<void> {
    await this.#options.hostOps.process.signal(process, SIGKILL);
    await this.wait(process);
  }

  async cleanUp(machine: { runtime: string }): Promise<void> {
    for (const name of socketNameList) await rm(socketPath(machine.runtime, name), { force: true });
  }

  logTail(vmmLog: string): Promise<string> {
    return logTail(vmmLog);
  }

  async #spawn(machine: MachineSpec): Promise<ProcessRef> {
    const [program, cpuinfo] = await Promise.all([this.#program(), this.#cpuinfo(), this.cleanUp(machine)]);
    if (program === null) {
      const { code, message, next } = noQemu(this.#options.qemuBin);
      throw new BangerError(code, message, { next });
    }
    const { accelerator } = machine;
    const append = kernelCommandLine({ accelerator, cpuMhz: cpuMhz(cpuinfo) });
    return this.#options.hostOps.process.spawn({
      program,
      argv: [program, ...qemuArguments({ ...machine, kernelCommandLine: append })],
      env: {},
      cwd: "/",
      uid: machine.uid,
      gid: machine.gid,
      umask: 0o077,
      fds: [
        { target: 1, kind: "log", path: machine.vmmLog },
        { target: 2, kind: "log", path: machine.vmmLog },
        { target: TAP_FD, kind: "tap", name: machine.tap },
      ],
      rlimits: { core: 0n },
      jail: qemuJail({ ...machine, program }),
      ...(machine.cgroup === null ? {} : { cgroup: machine.cgroup }),
    });
  }

  /** QEMU waits for the console's first reader; its main loop answers on QMP when the machine is complete. */
  async #running(machine: MachineSpec, ended: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
    const signal = AbortSignal.any([ended, timeout]);
    const hung = new Promise<never>((_, reject) =>
      timeout.addEventListener("abort", () => reject(hungError(machine))),
    );
    hung.catch(() => undefined);
    const console = connectWhenThere(socketPath(machine.runtime, "console"), signal);
    const greeted = this.#follow(machine, console).then(() => this.#qmp(machine.runtime, signal));
    const qmp = await Promise.race([greeted, hung]);
    try {
      await Promise.race([qmp.negotiate(), hung]);
    } finally {
      qmp.close();
    }
  }

  /** Resolves when the console is connected and its log is there; the copying goes on. */
  async #follow(
    machine: { runtime: string; consoleLog: string; vmmLog?: string },
    connecting: Promise<Socket>,
  ): Promise<void> {
    const copying = connecting.then((socket) => copyConsole(socket, machine.consoleLog, this.#options));
    const cap = machine.vmmLog === undefined ? null : capForeignLog(machine.vmmLog);
    const done = copying.finally(() => {
      cap?.close();
      this.#consoles.delete(machine.runtime);
    });
    this.#consoles.set(machine.runtime, done);
    done.catch(() => undefined);
    await connecting;
  }

  async #qmp(runtime: string, signal: AbortSignal): Promise<QmpClient> {
    return new QmpClient(await connectWhenThere(socketPath(runtime, "qmp"), signal));
  }

  #program(): Promise<string | null> {
    return findQemu(this.#options.qemuBin, this.#options.searchPath);
  }
}

async function diedError(exit: ProcessExit, vmmLog: string): Promise<BangerError> {
  const how =
    exit.signal !== null
      ? `was ended by signal ${exit.signal}`
      : `ended with status ${exit.code ?? "unknown"}`;
  const tail = await logTail(vmmLog);
  const lastLine = tail.split("\n").findLast((line) => line !== "" && !line.includes("info: QEMU waiting"));
  return new BangerError("ERR_VMM_DIED", `QEMU ${how} while it started${lastLine ? `: ${lastLine}` : ""}`, {
    next: `read ${vmmLog}`,
    details: { ...exit, vmmLog, logTail: tail },
  });
}

function hungError(machine: MachineSpec): BangerError {
  return new BangerError(
    "ERR_VMM_HUNG",
    `QEMU did not complete its machine within ${START_TIMEOUT_MS / 1000} s`,
    {
      next: `read ${machine.vmmLog}; the host may be out of memory`,
    },
  );
}

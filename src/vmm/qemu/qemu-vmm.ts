import type { Duplex } from "node:stream";
import type { MachineSpec, Problem, Vmm } from "../../domain/ports.ts";
import type { Accelerator } from "../../domain/vm.ts";
import type { ProcessRef } from "../../host/host-ops.ts";
import { BangerError } from "../../shared/errors.ts";
import { recent } from "../../shared/recent.ts";
import { connectOnce, connectWhenThere } from "../shared/connect.ts";
import { firstCpuinfo, tunProblem } from "../shared/host.ts";
import { JailedVmm, type JailedVmmOptions } from "../shared/jailed-vmm.ts";
import type { KvmProbe } from "../shared/kvm/probe.ts";
import { probeArguments, qemuArguments } from "./command-line.ts";
import { noQemu, qemuFinder } from "./host.ts";
import { qemuJail, qemuProbeJail } from "./jail.ts";
import { cpuMhz, kernelCommandLine } from "./kernel-command-line.ts";
import { socketNameList, socketPath, TAP_FD } from "./layout.ts";
import { QmpClient } from "./qmp/client.ts";

const TUN = "/dev/net/tun";
/** For the press of a power button; whoever asks for it has a time of his own. */
const QMP_TIMEOUT_MS = 30_000;
/** A create asks three times where QEMU is. */
const SAME_CREATE_MS = 1_000;

export interface QemuVmmOptions extends JailedVmmOptions {
  readonly kvm: KvmProbe;
  /** `qemu_bin` of the configuration, or null: the first on PATH. */
  readonly qemuBin: string | null;
  readonly searchPath: string | undefined;
}

/** QEMU's `microvm` machine (VMM-1 to VMM-4), one jailed process per VM; nothing of it depends on the daemon's life. */
export class QemuVmm extends JailedVmm implements Vmm {
  readonly kind = "qemu";
  readonly freshConnections = false;
  readonly opensDisksAtOnce = false;
  readonly #options: QemuVmmOptions;
  readonly #cpuinfo: () => Promise<string>;
  /** Links resolved; null where there is none. */
  readonly #program: () => Promise<string | null>;

  constructor(options: QemuVmmOptions) {
    super(options, {
      console(runtime, signal) {
        const address = socketPath(runtime, "console");
        return signal === null ? connectOnce(address) : connectWhenThere(address, signal);
      },
    });
    this.#options = options;
    this.#program = recent(qemuFinder(options.qemuBin, options.searchPath), SAME_CREATE_MS);
    let read: Promise<string> | null = null;
    this.#cpuinfo = () => {
      read ??= firstCpuinfo();
      return read;
    };
  }

  async accelerator(): Promise<{ kind: Accelerator; reason: string }> {
    const program = await this.#program();
    if (program === null) return { kind: "tcg", reason: noQemu(this.#options.qemuBin).message };
    const { works, reason } = await this.#options.kvm.ask(program, async ({ kernel, name }) => ({
      program,
      argv: [program, ...probeArguments(name)],
      jail: qemuProbeJail(program, kernel),
    }));
    return { kind: works ? "kvm" : "tcg", reason };
  }

  async preflight(): Promise<Problem[]> {
    const [program, tun] = await Promise.all([this.#program(), tunProblem(TUN)]);
    const qemu = program === null ? noQemu(this.#options.qemuBin) : null;
    return [qemu, tun].filter((problem) => problem !== null);
  }

  /** Its machine has more CPUs than a host that is known. */
  refusals(): Problem[] {
    return [];
  }

  async start(machine: MachineSpec): Promise<ProcessRef> {
    const process = await this.#spawn(machine).catch(async (error) => {
      // A disk that could not be filled is not there any more: why not says more.
      await machine.filled;
      throw error;
    });
    await this.whole(process, machine, {
      program: "QEMU",
      running: (signal) => this.#running(machine, signal),
      telling: ["ERR_QMP_PROTOCOL", "ERR_QMP_COMMAND", "ERR_VMM_SOCKET"],
    });
    return process;
  }

  connectGuest(machine: { runtime: string; bootToken: string }, signal: AbortSignal): Promise<Duplex> {
    return connectWhenThere(socketPath(machine.runtime, "agent"), signal);
  }

  async powerButton(machine: { runtime: string }): Promise<void> {
    const timeout = AbortSignal.timeout(QMP_TIMEOUT_MS);
    const qmp = await this.#qmp(machine.runtime, timeout);
    // Also when QEMU takes the connection and never answers: closing it rejects what waits.
    timeout.addEventListener("abort", () => qmp.close());
    try {
      await qmp.negotiate();
      await qmp.execute("system_powerdown");
    } finally {
      qmp.close();
    }
  }

  protected override runtimeFiles(runtime: string): string[] {
    return socketNameList.map((name) => socketPath(runtime, name));
  }

  async #spawn(machine: MachineSpec): Promise<ProcessRef> {
    const [program, cpuinfo] = await Promise.all([this.#program(), this.#cpuinfo()]);
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

  /**
   * QEMU waits for the console's first reader before it opens any disk (system/vl.c: character devices come first); its main loop answers on
   * QMP when the machine is complete.
   */
  async #running(machine: MachineSpec, signal: AbortSignal): Promise<void> {
    await machine.filled;
    await this.consoles.followNew(machine, signal);
    const qmp = await this.#qmp(machine.runtime, signal);
    signal.addEventListener("abort", () => qmp.close());
    try {
      await qmp.negotiate();
    } finally {
      qmp.close();
    }
  }

  async #qmp(runtime: string, signal: AbortSignal): Promise<QmpClient> {
    return new QmpClient(await connectWhenThere(socketPath(runtime, "qmp"), signal));
  }
}

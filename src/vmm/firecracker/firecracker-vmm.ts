import path from "node:path";
import type { Duplex } from "node:stream";
import type { MachineSpec, Problem, Vmm } from "../../domain/ports.ts";
import type { Accelerator } from "../../domain/vm.ts";
import type { ProcessRef } from "../../host/host-ops.ts";
import { BangerError } from "../../shared/errors.ts";
import { connectOnce, connectWhenThere } from "../shared/connect.ts";
import { tunProblem } from "../shared/host.ts";
import { JailedVmm, type JailedVmmOptions } from "../shared/jailed-vmm.ts";
import { writePublic } from "../shared/public-file.ts";
import { FirecrackerApi, OTHER_RELEASE } from "./api/client.ts";
import { Installation, type InstallationOptions } from "./installation.ts";
import { runtimeFile, runtimeFileList } from "./layout.ts";
import { machineConfig } from "./machine-config.ts";
import { openOutput } from "./output.ts";
import { PROGRAM, tooManyCpus, tooOld } from "./problems.ts";
import { machineSpawn } from "./spawn.ts";
import { vcpusStarted } from "./vcpus.ts";
import { parseVersion } from "./version.ts";
import { connectAgentPort } from "./vsock.ts";

const TUN = "/dev/net/tun";
/** For the press of a power button; whoever asks for it has a time of his own. */
const API_TIMEOUT_MS = 30_000;

export interface FirecrackerVmmOptions extends InstallationOptions, JailedVmmOptions {}

/** Firecracker (VMM-1 to VMM-4), one jailed process per VM; nothing of it depends on the daemon's life. */
export class FirecrackerVmm extends JailedVmm implements Vmm {
  readonly kind = "firecracker";
  readonly freshConnections = true;
  readonly opensDisksAtOnce = true;
  readonly #options: FirecrackerVmmOptions;
  readonly #installation: Installation;

  constructor(options: FirecrackerVmmOptions) {
    super(options, {
      console: (runtime) => openOutput(runtime, "console"),
      ownLog: (runtime) => openOutput(runtime, "log"),
    });
    this.#options = options;
    this.#installation = new Installation(options);
  }

  async accelerator(): Promise<{ kind: Accelerator; reason: string }> {
    const program = await this.#installation.program();
    // It knows no other; whether it works is preflight's to say.
    const { reason } =
      program === null
        ? { reason: this.#installation.missing().message }
        : await this.#installation.probe(program);
    return { kind: "kvm", reason };
  }

  async preflight(): Promise<Problem[]> {
    const [tun, problems] = await Promise.all([tunProblem(TUN), this.#installation.problems()]);
    return [...problems, tun].filter((problem) => problem !== null);
  }

  refusals({ vcpu }: { readonly vcpu: number }): Problem[] {
    const cpus = tooManyCpus(vcpu);
    return cpus === null ? [] : [cpus];
  }

  async start(machine: MachineSpec): Promise<ProcessRef> {
    const [refusal] = this.refusals(machine);
    if (refusal !== undefined) throw errorOf(refusal);
    await machine.filled;
    const process = await this.#spawn(machine);
    await this.whole(process, machine, {
      program: "Firecracker",
      running: (signal) => this.#running(machine, process, signal),
      telling: ["ERR_VMM_API", "ERR_VMM_API_PROTOCOL", "ERR_FIRECRACKER_TOO_OLD", "ERR_VMM_SOCKET"],
    });
    return process;
  }

  connectGuest(machine: { runtime: string; bootToken: string }, signal: AbortSignal): Promise<Duplex> {
    return connectAgentPort(machine.runtime, signal);
  }

  async powerButton(machine: { runtime: string }): Promise<void> {
    const api = new FirecrackerApi(await connectOnce(runtimeFile(machine.runtime, "api")));
    try {
      await api.sendCtrlAltDel(AbortSignal.timeout(API_TIMEOUT_MS));
    } finally {
      api.close();
    }
  }

  protected override runtimeFiles(runtime: string): string[] {
    return runtimeFileList.map((name) => runtimeFile(runtime, name));
  }

  async #spawn(machine: MachineSpec): Promise<ProcessRef> {
    const program = await this.#installation.program();
    if (program === null) throw errorOf(this.#installation.missing());
    // In the VM's directory, which is not the VMM's to write.
    const config = path.join(path.dirname(machine.vmmLog), "firecracker.json");
    await writePublic(config, JSON.stringify(machineConfig(machine)));
    return this.#options.hostOps.process.spawn(machineSpawn(machine, program, config));
  }

  async #running(machine: MachineSpec, { pid }: ProcessRef, signal: AbortSignal): Promise<void> {
    await this.consoles.followNew(machine, signal);
    await vcpusStarted(pid, signal);
    const api = new FirecrackerApi(await connectWhenThere(runtimeFile(machine.runtime, "api"), signal));
    try {
      const { state, vmm_version } = await api.instance(signal);
      const old = tooOld(parseVersion(vmm_version), PROGRAM);
      if (old !== null) throw errorOf(old);
      if (state !== "Running")
        throw new BangerError("ERR_VMM_API", `Firecracker's machine is "${state}" after its start`, {
          next: OTHER_RELEASE,
        });
    } finally {
      api.close();
    }
  }
}

function errorOf({ code, message, next }: Problem): BangerError {
  return new BangerError(code, message, { next });
}

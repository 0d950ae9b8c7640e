import path from "node:path";
import type { Problem } from "../../domain/ports.ts";
import { isDynamic } from "../shared/jail.ts";
import type { KvmProbe } from "../shared/kvm/probe.ts";
import type { KvmVerdict } from "../shared/kvm/verdict.ts";
import { writePublic } from "../shared/public-file.ts";
import { type Program, probeJail } from "./jail.ts";
import { jailPaths } from "./layout.ts";
import { probeConfig } from "./machine-config.ts";
import { findFirecracker, noFirecracker, noKvm, PROGRAM, tooOld } from "./problems.ts";
import { parseVersion } from "./version.ts";

export interface InstallationOptions {
  readonly kvm: KvmProbe;
  /** `firecracker_bin` of the configuration, or null: the first on PATH. */
  readonly firecrackerBin: string | null;
  readonly searchPath: string | undefined;
}

/** The Firecracker of this host, and what it can do here. */
export class Installation {
  readonly #options: InstallationOptions;

  constructor(options: InstallationOptions) {
    this.#options = options;
  }

  async program(): Promise<Program | null> {
    const { firecrackerBin, searchPath } = this.#options;
    const found = await findFirecracker(firecrackerBin, searchPath);
    return found === null ? null : { path: found, dynamic: await isDynamic(found) };
  }

  missing(): Problem {
    return noFirecracker(this.#options.firecrackerBin);
  }

  /** Boots a test guest, once per boot of the host; its output names the program's version. */
  probe(program: Program): Promise<KvmVerdict> {
    return this.#options.kvm.ask(program.path, async ({ kernel, directory, name }) => {
      const machine = path.join(directory, "machine.json");
      await writePublic(machine, JSON.stringify(probeConfig()));
      return {
        program: jailPaths.program,
        argv: [PROGRAM, "--id", name, "--no-api", "--config-file", jailPaths.machine],
        jail: probeJail(program, kernel, machine),
      };
    });
  }

  async problems(): Promise<Problem[]> {
    const program = await this.program();
    if (program === null) return [this.missing()];
    const verdict = await this.probe(program);
    const version = parseVersion(verdict.output);
    // One that is too old may fail for that.
    const old = verdict.works || version !== null ? tooOld(version, program.path) : null;
    return [...(old === null ? [] : [old]), ...(verdict.works ? [] : [noKvm(verdict.reason)])];
  }
}

import { mkdtemp, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { HostOps, JailMount } from "../../../host/host-ops.ts";
import { errorMessage } from "../../../shared/errors.ts";
import { readBootId } from "../../../shared/proc.ts";
import { firstCpuinfo, opens, virtualisationOf } from "../host.ts";
import { writePublic } from "../public-file.ts";
import { readVerdict, writeVerdict } from "./cache.ts";
import { probeGuest } from "./guest.ts";
import { probeName, sweepProbes } from "./strays.ts";
import { judge, type KvmVerdict, readStart } from "./verdict.ts";

export const KVM = "/dev/kvm";
const SIGKILL = 9;
/** The guest itself takes a fraction of a second also in a nested, emulated machine; the rest is the VMM's start on a busy one. */
const PROBE_TIMEOUT_MS = 10_000;
/** How long a failure that may have been its moment's is an answer all the same: no create waits for what failed just before. */
const FAILURE_KEPT_MS = 3 * 60_000;

/** What a driver gets for a boot. */
export interface ProbeFiles {
  readonly kernel: string;
  /** For the files that it makes. */
  readonly directory: string;
  /** To be on the VMM's command line. */
  readonly name: string;
}

/** How one VMM boots the probe's guest: the serial port is its standard output. */
export interface ProbeBoot {
  readonly program: string;
  /** In the jail. */
  readonly argv: readonly string[];
  readonly jail: readonly JailMount[];
}

export interface KvmProbeOptions {
  readonly hostOps: Pick<HostOps, "process">;
  /** A user id of VMs' own, under which no VM runs at the same time. */
  readonly uid: number;
  /** Where the verdict is kept until the next boot; null: nowhere. */
  readonly cacheDirectory: string | null;
  /** True (doctor, which changes nothing): what is kept is read, and nothing written. */
  readonly readOnlyCache?: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  /** Where a probe has its files while there is no cache directory yet; the system's otherwise. */
  readonly temporaryDirectory?: string;
  /** For tests. */
  readonly device?: string;
  readonly cpuinfo?: () => Promise<string>;
  readonly timeoutMs?: number;
}

/**
 * Whether this host's KVM boots what a VMM gives it (VMM-1). What opens is no proof, so a guest is booted ({@link probeGuest}), by the VMM
 * that is to use it, jailed as its VMs are: a QEMU may be refused what a Firecracker does not ask for. Once per boot of the host, device and program.
 */
export class KvmProbe {
  readonly #options: KvmProbeOptions;
  #cpuinfo: Promise<string> | null = null;
  #bootId: Promise<string> | null = null;
  readonly #asked = new Map<string, { verdict: Promise<KvmVerdict>; staleAt: number }>();

  constructor(options: KvmProbeOptions) {
    this.#options = options;
  }

  /** Ends what a daemon or doctor left that was killed in its probe. To be called before this daemon's first. */
  async sweep(): Promise<void> {
    const { hostOps, uid, cacheDirectory } = this.#options;
    const places = [...(cacheDirectory === null ? [] : [cacheDirectory]), this.#temporary];
    await sweepProbes(hostOps, uid, places);
  }

  async ask(program: string, boot: (files: ProbeFiles) => Promise<ProbeBoot>): Promise<KvmVerdict> {
    const { device = KVM, cpuinfo = firstCpuinfo, now = () => performance.now() } = this.#options;
    // Neither changes while this process lives, and a host with many CPUs takes milliseconds to print them.
    this.#cpuinfo ??= cpuinfo();
    this.#bootId ??= readBootId();
    const identities = Promise.all([this.#bootId, identity(device), identity(program)]);
    identities.catch(() => undefined);
    const impossible = await shortcut(device, await this.#cpuinfo);
    if (impossible !== null) return { works: false, reason: impossible, output: "", lasting: false };
    const key = (await identities).join(" ");
    const known = this.#asked.get(key);
    if (known !== undefined && now() < known.staleAt) return known.verdict;
    const asked = {
      verdict: this.#remembered(key, path.basename(program), () => this.#tried(boot)),
      staleAt: Number.POSITIVE_INFINITY,
    };
    this.#asked.set(key, asked);
    const { lasting } = await asked.verdict;
    if (!lasting) asked.staleAt = now() + FAILURE_KEPT_MS;
    return asked.verdict;
  }

  async #remembered(key: string, name: string, probe: () => Promise<KvmVerdict>): Promise<KvmVerdict> {
    const { cacheDirectory, readOnlyCache = false } = this.#options;
    const file = cacheDirectory === null ? null : path.join(cacheDirectory, `kvm-${name}.json`);
    const known = file === null ? null : await readVerdict(file, key);
    if (known !== null) return known;
    const verdict = await probe();
    if (file !== null && verdict.lasting && !readOnlyCache) await writeVerdict(file, key, verdict);
    return verdict;
  }

  /** A probe that fails in itself stops no start: the VMM does without KVM, or says why it cannot. */
  async #tried(boot: (files: ProbeFiles) => Promise<ProbeBoot>): Promise<KvmVerdict> {
    try {
      return await this.#boot(boot);
    } catch (error) {
      const { device = KVM } = this.#options;
      const reason = `${device} opens, but could not be tried: ${errorMessage(error)}`;
      return { works: false, reason, output: "", lasting: false };
    }
  }

  get #temporary(): string {
    return this.#options.temporaryDirectory ?? os.tmpdir();
  }

  /** Where the next daemon finds it; doctor, which makes no directories to stay, may be here before any daemon. */
  async #makeDirectory(name: string): Promise<string> {
    const { cacheDirectory } = this.#options;
    const inTmp = () => mkdtemp(path.join(this.#temporary, `${name}-`));
    return cacheDirectory === null ? inTmp() : mkdtemp(path.join(cacheDirectory, `${name}-`)).catch(inTmp);
  }

  async #boot(boot: (files: ProbeFiles) => Promise<ProbeBoot>): Promise<KvmVerdict> {
    const { hostOps, uid, device = KVM, timeoutMs = PROBE_TIMEOUT_MS } = this.#options;
    const name = await probeName();
    const directory = await this.#makeDirectory(name);
    try {
      const kernel = path.join(directory, "kernel");
      const log = path.join(directory, "log");
      await writePublic(kernel, probeGuest());
      const { program, argv, jail } = await boot({ kernel, directory, name });
      const process = await hostOps.process.spawn({
        program,
        argv: [...argv],
        env: {},
        cwd: "/",
        uid,
        gid: uid,
        umask: 0o077,
        fds: [
          { target: 1, kind: "log", path: log },
          { target: 2, kind: "log", path: log },
        ],
        rlimits: { core: 0n },
        jail: [...jail, { kind: "device", source: device, target: KVM }],
      });
      const timer = Promise.withResolvers<null>();
      const timeout = setTimeout(() => timer.resolve(null), timeoutMs);
      const ended = hostOps.process.wait(process);
      const exit = await Promise.race([ended, timer.promise]);
      clearTimeout(timeout);
      if (exit !== null) return judge(await readStart(log), { device, over: null });
      const used = await hostOps.process.usage(process);
      await hostOps.process.signal(process, SIGKILL);
      await ended;
      const cpuMs = used === null ? null : Number(used.cpuMicroseconds / 1000n);
      return judge(await readStart(log), { device, over: { timeoutMs, cpuMs } });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

/** What can be told without a boot, and never wrongly; null where only a boot tells. */
async function shortcut(device: string, cpuinfo: string): Promise<string | null> {
  if (!(await opens(device))) return `${device} cannot be opened`;
  // kvm_intel and kvm_amd need one of them. What offers a /dev/kvm without either (kvm_pvm) runs kernels made for it.
  if (virtualisationOf(cpuinfo) === null) {
    return `${device} is there, but the CPU shows neither vmx nor svm`;
  }
  return null;
}

/** Another file or device, or one that was changed, has another identity. */
async function identity(file: string): Promise<string> {
  const { dev, ino, rdev, size, ctimeMs, isFile } = await stat(file).then((found) => ({
    ...found,
    isFile: found.isFile(),
  }));
  // A device node's times change with its use.
  return `${file}=${dev}:${ino}:${rdev}${isFile ? `:${size}:${ctimeMs}` : ""}`;
}

import type { Duplex } from "node:stream";
import type { GuestAgent } from "../../domain/guest.ts";
import { hostKeyAlias, type SshClient, type SshTarget } from "../../domain/ssh.ts";
import type { VmRecord } from "../../domain/vm.ts";
import { BangerError, errorCode } from "../../shared/errors.ts";
import { notRunning } from "./actions.ts";
import type { VmDeps } from "./deps.ts";
import { reachAgent, within } from "./guest-wait.ts";

const SSH_PORT = 22;
const POLL_MS = 50;
/** Once the image's init says that it is up, sshd listens, or soon (3 s), or never. In looks, since a guest that stands still starts no sshd. */
const LATE_SSHD_LOOKS = 60;

export interface VmSshOptions {
  /** The user's private key, made if need be (CFG-5). */
  readonly identityFile: () => Promise<string>;
  readonly knownHostsFile: string;
  readonly client: SshClient;
}

export interface SshWait {
  readonly wait: "agent" | "system";
  readonly signal: AbortSignal;
}

/** SSH into VMs (SSH-1): where to, with which keys; and, for hosts without a client, the session itself. */
export class VmSsh {
  readonly #deps: VmDeps;
  readonly #options: VmSshOptions;
  #openSessions = 0;

  constructor(deps: VmDeps, options: VmSshOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Sessions that run through this daemon. */
  get openSessions(): number {
    return this.#openSessions;
  }

  /** What a client needs for any VM. */
  async files(): Promise<Pick<SshTarget, "identityFile" | "knownHostsFile">> {
    const identityFile = await this.#options.identityFile();
    return { identityFile, knownHostsFile: this.#options.knownHostsFile };
  }

  /** How to reach a VM, once its sshd listens (GST-3). ERR_VM_NOT_RUNNING, ERR_NO_SSHD, ERR_GUEST_TIMEOUT. */
  async target(vm: VmRecord, wait: SshWait): Promise<SshTarget> {
    if (this.#deps.machines.get(vm.id) === null) throw notRunning(this.#deps, vm);
    // Its end counts as a use, too: the client has time to come and to say that it is there.
    const release = this.#deps.lastUse.hold(vm.id);
    try {
      return await this.#target(vm, wait);
    } finally {
      release();
    }
  }

  async #target(vm: VmRecord, wait: SshWait): Promise<SshTarget> {
    const files = await this.files();
    await waitForSshd(this.#deps, vm, wait);
    const { name, address } = vm;
    return { name, address, port: SSH_PORT, ...files, hostKeyAlias: hostKeyAlias(name) };
  }

  /** An exec stream over SSH. As {@link target}, and ERR_SSH_HOST_KEY, ERR_SSH_REFUSED, ERR_SSH_FAILED. */
  async open(vm: VmRecord, user: string, wait: SshWait): Promise<Duplex> {
    return this.#counted(vm, async () => {
      const target = await this.target(vm, wait);
      return this.#options.client.open(target, user, wait.signal);
    });
  }

  /**
   * The raw bytes of a connection to the guest's sshd, through its agent, once that listens (SSH-2).
   * ERR_VM_NOT_RUNNING, ERR_NO_SSHD, ERR_GUEST_TIMEOUT, ERR_AGENT_TOO_OLD.
   */
  async connect(vm: VmRecord, wait: SshWait): Promise<Duplex> {
    if (this.#deps.machines.get(vm.id) === null) throw notRunning(this.#deps, vm);
    return this.#counted(vm, () => connectToSshd(this.#deps, vm, wait));
  }

  #counted(vm: VmRecord, open: () => Promise<Duplex>): Promise<Duplex> {
    return this.#deps.lastUse.holdStream(vm.id, async () => {
      const stream = await open();
      this.#openSessions += 1;
      stream.once("close", () => {
        this.#openSessions -= 1;
      });
      return stream;
    });
  }
}

/** For a client that speaks SSH itself: it needs neither the guest's network nor its address. */
async function connectToSshd(deps: VmDeps, vm: VmRecord, wait: SshWait): Promise<Duplex> {
  const agent = await reachAgent(deps, vm, wait.signal);
  if (wait.wait === "system") await waitForSshd(deps, vm, wait);
  try {
    return await agent.openTcp(SSH_PORT, wait.signal);
  } catch (error) {
    if (errorCode(error) !== "ERR_TCP_REFUSED") throw error;
  }
  await waitForSshd(deps, vm, wait);
  return agent.openTcp(SSH_PORT, wait.signal);
}

/** The agent sees the guest's sockets: nobody has to knock on a port that is not open yet, which costs a second by TCP. */
async function waitForSshd(deps: VmDeps, vm: VmRecord, { wait, signal }: SshWait): Promise<void> {
  const timeoutMs = deps.settings.bootTimeoutMs;
  const agent = await reachAgent(deps, vm, signal);
  const late = () => timedOut(vm, timeoutMs);
  await within({ timeoutMs, signal, late }, (either) => untilSshdListens(agent, vm, wait, either));
}

async function untilSshdListens(
  agent: GuestAgent,
  vm: VmRecord,
  wait: SshWait["wait"],
  signal: AbortSignal,
): Promise<void> {
  let looksWithoutSshd = 0;
  for (;;) {
    signal.throwIfAborted();
    const [{ listeners }, health] = await Promise.all([agent.ports(signal), agent.health(signal)]);
    const listens = listeners.some(({ protocol, port }) => protocol === "tcp" && port === SSH_PORT);
    const isUp = health.init !== "starting";
    if (listens && (isUp || wait === "agent")) return;
    if (isUp && !listens) looksWithoutSshd += 1;
    if (looksWithoutSshd > LATE_SSHD_LOOKS) throw noSshd(vm);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function noSshd(vm: VmRecord): BangerError {
  return new BangerError(
    "ERR_NO_SSHD",
    `nothing in ${vm.name} listens on port ${SSH_PORT}: its image has no sshd, or sshd did not start`,
    {
      next: `\`banger vm shell ${vm.name}\` needs none; in a Debian guest, \`apt-get install -y openssh-server\` brings it`,
      details: { id: vm.id, name: vm.name },
    },
  );
}

function timedOut(vm: VmRecord, afterMs: number): BangerError {
  return new BangerError(
    "ERR_GUEST_TIMEOUT",
    `the init of ${vm.name} was not up within ${afterMs / 1000} s`,
    {
      next: `read its console: \`banger vm logs ${vm.name}\`; \`banger vm shell ${vm.name}\` does not wait for it`,
      details: { id: vm.id, name: vm.name },
    },
  );
}

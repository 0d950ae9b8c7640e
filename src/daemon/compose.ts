import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Config } from "../config/load.ts";
import { type Dirs, vmPaths } from "../config/paths.ts";
import { AgentLink } from "../guest/agent/agent-link.ts";
import { ConfigDisk } from "../guest/config/config-disk.ts";
import { HostKeys } from "../guest/config/host-keys.ts";
import { SshKeyFile } from "../guest/config/ssh-key.ts";
import { Ssh2Client } from "../guest/ssh/ssh-client.ts";
import type { HostOps } from "../host/host-ops.ts";
import { openLinuxHostOps } from "../host/linux/index.ts";
import type { Streams } from "../rpc/streams.ts";
import { ImageService } from "../services/images.ts";
import { KeyedLocks } from "../services/locks.ts";
import { Operations } from "../services/operations.ts";
import { CapabilityHooks } from "../services/vm/capability-hooks.ts";
import type { VmDeps } from "../services/vm/deps.ts";
import { vmmOf } from "../services/vm/drivers.ts";
import { HaltedLooks } from "../services/vm/halted.ts";
import { recordDesired, releaseHostObjects } from "../services/vm/host-objects.ts";
import { LastUse } from "../services/vm/last-use.ts";
import { Machines } from "../services/vm/machines.ts";
import { type ReconcileReport, reconcileVms } from "../services/vm/reconcile.ts";
import { VmService } from "../services/vm/service.ts";
import { SpacePromises } from "../services/vm/space-promises.ts";
import { VmSsh } from "../services/vm/ssh.ts";
import type { BuildInfo } from "../shared/build-info.ts";
import type { Logger } from "../shared/logger.ts";
import { freeBytes } from "../shared/space.ts";
import type { State } from "../state/database.ts";
import { HandlesFile } from "../state/handles.ts";
import { HostFile } from "../state/host-file.ts";
import { resolveRef, resolveRefs } from "../state/refs.ts";
import { knownHostsFile, makeCapabilities } from "./capabilities.ts";
import type { Dns } from "./dns.ts";
import { makeDrivers } from "./drivers.ts";
import { HostGitIdentity } from "./git-identity.ts";
import { handlersOf, type ServiceHandlers, streamsOf } from "./handlers.ts";
import { loadedModules } from "./kernel-modules.ts";
import { openLibrary } from "./library.ts";
import { makeNetworking } from "./networking.ts";
import type { PackageFiles } from "./package-files.ts";
import { statsOf } from "./stats.ts";
import { storageChoice } from "./storage-choice.ts";
import { settingsOf } from "./vm-settings.ts";
import { makeWatches } from "./watches.ts";

export interface ComposeInput {
  readonly config: Config;
  readonly dirs: Dirs;
  readonly state: State;
  readonly files: PackageFiles;
  readonly logger: Logger;
  readonly build: BuildInfo;
  readonly env: NodeJS.ProcessEnv;
  /** For tests; the addon's otherwise. */
  readonly hostOps?: HostOps;
}

export interface Composition {
  readonly handlers: ServiceHandlers;
  readonly streams: Streams;
  readonly operationsInFlight: () => number;
  readonly runningVms: () => number;
  readonly dns: Dns["state"];
  /** Of VMs that run: closed when this daemon ends. */
  readonly publishedPorts: () => number;
  reconcile(): Promise<ReconcileReport>;
  /** Cancels what is in flight; VMs run on. With no VM running, nothing of banger stays in the kernel (DMN-6). */
  close(): Promise<void>;
}

/**
 * The one place that knows every part: builds the services from configuration, state and host.
 *
 * Over 200 lines: it names every part once, and is read as a whole.
 */
export async function compose(input: ComposeInput): Promise<Composition> {
  const { config, dirs, state, logger } = input;
  const host = input.hostOps ?? openLinuxHostOps();
  const newId = () => randomBytes(16).toString("hex");
  const now = () => new Date();
  const library = await openLibrary(input);
  const hostFile = new HostFile(host.file, dirs.hostFile);
  const networking = makeNetworking({ host, config, hostFile, vms: state.vms, logger });
  const { vmms, rootDisks, ...pick } = makeDrivers({ ...input, host });
  const pickStorage = storageChoice(
    config.storage,
    (kernel) => pick.pickStorage(dirs.state, kernel),
    loadedModules,
  );
  const halted = new HaltedLooks();
  const machines = new Machines(
    vmms,
    ({ paths, handles, signal }) => {
      const agents = new AgentLink(vmmOf({ vmms }, handles.vmm));
      return agents.connect({ runtime: paths.runtime, bootToken: handles.bootToken, signal });
    },
    async (vm, handles, paths) => {
      await releaseHostObjects(deps, vm.id, handles, paths);
      recordDesired(deps, vm.id, "stopped");
    },
    (machine) => void halted.look(deps, machine),
  );
  const userKey = new SshKeyFile(
    config.sshKeyPath ?? path.join(dirs.ssh, "id_ed25519"),
    `banger@${os.hostname()}`,
  );
  const hostKeys = new HostKeys();
  const git = new HostGitIdentity(input.env);
  const lastUse = new LastUse({ store: state.vms, now, logger });
  const deps: VmDeps = {
    host,
    store: state.vms,
    images: state.images,
    library,
    handles: new HandlesFile(host.file),
    vmms,
    pickVmm: pick.pickVmm,
    pickStorage,
    rootDisks,
    capabilities: new CapabilityHooks(
      makeCapabilities({ dirs, host, library, hostKeys, ...networking.capabilities }),
      logger,
    ),
    forwarder: networking.forwarder,
    guestConfig: new ConfigDisk({
      hostOps: host,
      hostKeys,
      userPublicKey: async () => (await userKey.load()).publicKey,
      gitIdentity: () => git.load(),
      fileSync: config.fileSync,
      now,
    }),
    network: networking.network,
    machines,
    lastUse,
    locks: new KeyedLocks(),
    settings: settingsOf(config, dirs),
    paths: (id) => vmPaths(dirs, id),
    freeBytes,
    space: new SpacePromises(),
    now,
    newId,
    newToken: newId,
    logger,
  };
  const operations = new Operations(logger, newId);
  const images = new ImageService(state.images, library, deps.locks, newId);
  const vms = new VmService(deps, images, operations, { one: resolveRef, all: resolveRefs });
  const prepareStorage = async () => {
    try {
      await pick.prepareStorage((await pickStorage({ overlay: true })).kind);
    } catch (err) {
      logger.warn({ err }, "storage for new VMs could not be prepared");
    }
  };
  const watches = makeWatches(config, deps, vms, operations);
  const ssh = new VmSsh(deps, {
    identityFile: async () => (await userKey.load()) && userKey.path,
    knownHostsFile: knownHostsFile(dirs),
    client: new Ssh2Client(),
  });
  // Before it has looked, the daemon does not know which VMs run: it must not take their network down.
  let reconciled = false;
  return {
    handlers: handlersOf(deps, vms, images, operations, ssh, statsOf(config, deps)),
    streams: streamsOf(deps, vms, operations, ssh),
    // A command that runs is work in flight too: a daemon that stops hangs it up.
    operationsInFlight: () => operations.inFlight + vms.openCommands + ssh.openSessions,
    runningVms: () => machines.running.length,
    dns: networking.dns.state,
    publishedPorts: () => networking.forwarder.openPorts,
    async reconcile() {
      await Promise.all(
        [dirs.vms, dirs.images, dirs.kernels].map((each) => mkdir(each, { recursive: true, mode: 0o700 })),
      );
      await library.sweep(new Set(state.images.list().map((image) => image.id)));
      await pick.sweepProbes();
      // KVM is tried once per boot of the host, and git asked: here, so that no create has to.
      await Promise.all([prepareStorage(), git.load(), pick.pickVmm().catch(() => undefined)]);
      const report = await reconcileVms(deps, dirs.vms);
      reconciled = true;
      await networking.open(machines.running);
      watches.start();
      return report;
    },
    async close() {
      watches.close();
      lastUse.flush();
      await operations.close();
      await vms.close();
      const running = machines.running.length;
      machines.close();
      await networking.close(reconciled ? running : null);
      if (reconciled && running === 0)
        await rm(path.join(dirs.runtime, "vms"), { recursive: true, force: true });
      await host.close();
    },
  };
}

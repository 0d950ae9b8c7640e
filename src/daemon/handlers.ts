import { Readable } from "node:stream";
import type { Handlers } from "../rpc/json-rpc.ts";
import type { Streams } from "../rpc/streams.ts";
import type { ImageService } from "../services/images.ts";
import type { Operations } from "../services/operations.ts";
import type { VmDeps } from "../services/vm/deps.ts";
import { healthOf } from "../services/vm/health.ts";
import { portsOf } from "../services/vm/ports.ts";
import { describeVm, listVms } from "../services/vm/query.ts";
import type { VmService } from "../services/vm/service.ts";
import type { VmSsh } from "../services/vm/ssh.ts";
import type { StatsService } from "../services/vm/stats.ts";
import { WorkspaceLocks } from "../services/vm/workspace-locks.ts";
import { followFile } from "../shared/follow-file.ts";

/** What the services answer; `daemon.*` is the daemon's own. */
export type ServiceHandlers = Omit<Handlers, "daemon.status" | "daemon.stop">;

/** Each method of the contract, by the service that does it. */
export function handlersOf(
  deps: VmDeps,
  vms: VmService,
  images: ImageService,
  operations: Operations,
  ssh: VmSsh,
  stats: StatsService,
): ServiceHandlers {
  return {
    "vm.create": async (params, client) => ({ operationId: vms.create(params, client) }),
    "vm.start": async ({ refs }) => ({ operationId: vms.start(refs) }),
    "vm.stop": async ({ refs, timeoutMs }) => ({ operationId: vms.stop(refs, timeoutMs) }),
    "vm.restart": async ({ refs, timeoutMs }) => ({ operationId: vms.restart(refs, timeoutMs) }),
    "vm.kill": async ({ refs }) => ({ operationId: vms.kill(refs) }),
    "vm.delete": async ({ refs, force }) => ({ operationId: vms.delete(refs, force ?? false) }),
    "vm.set": async (params) => ({ operationId: vms.set(params) }),
    "vm.list": async (params) => ({ vms: listVms(deps, params) }),
    "vm.show": async ({ ref }) => describeVm(deps, vms.find(ref)),
    "vm.stats": ({ refs }) => stats.stats(refs),
    "vm.health": ({ refs }) => healthOf(deps, vms.resolve(refs)),
    "vm.ports": async ({ ref }, client) => {
      const gone = new AbortController();
      client.onClose(() => gone.abort());
      return portsOf(deps, vms.find(ref), gone.signal);
    },
    "vm.hold": async ({ ref }, client) => {
      vms.hold(ref, client);
      return {};
    },
    "vm.ssh": async ({ ref, waitFor = "agent" }, client) => {
      const gone = new AbortController();
      client.onClose(() => gone.abort());
      return ssh.target(vms.find(ref), { wait: waitFor, signal: gone.signal });
    },
    "ssh.files": () => ssh.files(),
    "image.list": async ({ available }) => ({ images: images.list(available ?? false) }),
    "image.show": async ({ name }) => images.show(name),
    "image.pull": async ({ name }) => ({
      operationId: operations.begin("image.pull", (context) => images.pull(name, context), name).id,
    }),
    "kernel.list": async ({ available }) => ({ kernels: await images.listKernels(available ?? false) }),
    "kernel.show": async ({ name }) => images.showKernel(name),
    "kernel.pull": async ({ name }) => ({
      operationId: operations.begin("kernel.pull", (context) => images.pullKernel(name, context), name).id,
    }),
    "operation.list": async () => ({ operations: operations.list() }),
    "operation.cancel": async ({ operationId }) => ({
      cancelled: await operations.cancel(operations.resolve(operationId)),
    }),
  };
}

/** Each stream of the contract. */
export function streamsOf(deps: VmDeps, vms: VmService, operations: Operations, ssh: VmSsh): Streams {
  const workspaces = new WorkspaceLocks(deps);
  return {
    operationEvents: (ref) => operations.watch(operations.resolve(ref)),
    exec: (ref, options) => vms.exec(ref, options),
    ssh: (ref, { user, ...wait }) => ssh.open(vms.find(ref), user, wait),
    sshd: (ref, wait) => ssh.connect(vms.named(ref), wait),
    workspace: (ref, { signal }) => workspaces.open(vms.find(ref), signal),
    async logs(ref, options) {
      const vm = vms.find(ref);
      // Over stops and starts: only a VM that is deleted says nothing any more.
      const isLive = () => deps.store.get(vm.id) !== null;
      const console = followFile(deps.paths(vm.id).consoleLog, { ...options, isLive });
      return Readable.from(console, { objectMode: false });
    },
  };
}

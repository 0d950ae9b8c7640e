/**
 * The contract between clients (CLI, library) and daemon: JSON-RPC 2.0 by POST `/rpc` over HTTP/2 without TLS on the daemon's Unix
 * socket. Beside it, streams:
 *
 * - `POST /operations/<id>/events`: newline-delimited JSON of OperationEvent, from the first event on, until `done` or `failed`.
 * - `POST /vms/<ref>/exec?wait=agent|system`: exec frames both ways (docs/guest-protocol.md), passed through to the guest's agent.
 * - `POST /vms/<ref>/ssh?wait=agent|system&user=NAME`: the same frames over an SSH session of the daemon's, for hosts without a client.
 * - `POST /vms/<ref>/workspace`: opens when the VM's workspace is this client's alone, and is so until the stream closes; no bytes.
 * - `GET /vms/<ref>/logs?follow=0|1&tail=N`: the console log (its last N lines), bytes; followed until the VM is deleted.
 *
 * Streams of bytes (exec, logs) end with a trailer `banger-end`: `complete`, or an ErrorBody as percent-encoded JSON; one without it was
 * cut short.
 *
 * Every request carries `banger-build: <version>+<commit>`; a daemon of another build answers all but `daemon.*` with status 409 and an
 * ErrorBody ERR_BUILD_MISMATCH whose details say whether an operation is in flight (`busy`). Errors of streams are a 4xx/5xx status
 * with an ErrorBody; errors of methods are JSON-RPC errors whose `data` is an ErrorBody.
 *
 * The daemon checks params here; results are typed, not checked again. The CLI imports only the types, so that it starts fast.
 */
import { z } from "zod";
import type { SshTarget } from "../domain/ssh.ts";
import type { DaemonStatus } from "./contract/daemon.ts";
import type { ImageSummary, KernelSummary } from "./contract/library.ts";
import type { OperationStarted, OperationSummary } from "./contract/operation.ts";
import { LONGEST_MS, ref, refs, vmCreateParams, vmSetParams } from "./contract/params.ts";
import type { VmDetails, VmSummary } from "./contract/vm.ts";
import type { VmPorts } from "./contract/vm-ports.ts";
import type { HealthReply, StatsReply } from "./contract/vm-state.ts";

export type { DaemonStatus, VmDefaults } from "./contract/daemon.ts";
export type { ImageSummary, KernelSummary } from "./contract/library.ts";
export type { BulkEntry, BulkResult, OperationStarted, OperationSummary } from "./contract/operation.ts";
export {
  type PublishRequest,
  type UnpublishRequest,
  type VmCreateParams,
  type VmSetParams,
  vmCreateParams,
  vmSetParams,
} from "./contract/params.ts";
export type { VmCreated, VmDetails, VmDisk, VmSummary } from "./contract/vm.ts";
export type { VmListener, VmPorts, VmPublishedPort } from "./contract/vm-ports.ts";
export type { HealthReply, StatsReply, VmHealth, VmStats } from "./contract/vm-state.ts";

const empty = z.object({}).strict();
const shapes = {
  "daemon.status": empty,
  /** Stops the daemon; VMs run on (DMN-6). `force` also when operations are in flight. */
  "daemon.stop": z.object({ force: z.boolean().optional() }).strict(),
  "vm.create": vmCreateParams,
  "vm.start": z.object({ refs }).strict(),
  "vm.stop": z
    .object({ refs, timeoutMs: z.number().int().nonnegative().max(LONGEST_MS).optional() })
    .strict(),
  "vm.restart": z
    .object({ refs, timeoutMs: z.number().int().nonnegative().max(LONGEST_MS).optional() })
    .strict(),
  "vm.kill": z.object({ refs }).strict(),
  /** A running VM is refused unless `force`. */
  "vm.delete": z.object({ refs, force: z.boolean().optional() }).strict(),
  "vm.set": vmSetParams,
  "vm.list": z.object({ all: z.boolean().optional(), latest: z.boolean().optional() }).strict(),
  "vm.show": z.object({ ref }).strict(),
  /** Without refs: of all that run. The first call takes a moment: it measures. */
  "vm.stats": z.object({ refs: refs.optional() }).strict(),
  "vm.health": z.object({ refs }).strict(),
  "vm.ports": z.object({ ref }).strict(),
  /** In use, and so not stopped for being idle (VM-14), as long as this client's connection is open. */
  "vm.hold": z.object({ ref }).strict(),
  /** Waits until the guest's sshd listens. */
  "vm.ssh": z.object({ ref, waitFor: z.enum(["agent", "system"]).optional() }).strict(),
  /** The files that an ssh client needs for any VM; the user's key is made if there is none. */
  "ssh.files": empty,
  "image.list": z.object({ available: z.boolean().optional() }).strict(),
  "image.show": z.object({ name: z.string().min(1) }).strict(),
  "image.pull": z.object({ name: z.string().min(1) }).strict(),
  "kernel.list": z.object({ available: z.boolean().optional() }).strict(),
  "kernel.show": z.object({ name: z.string().min(1) }).strict(),
  "kernel.pull": z.object({ name: z.string().min(1) }).strict(),
  "operation.list": empty,
  /** By id or a unique begin of one. */
  "operation.cancel": z.object({ operationId: z.string().min(1) }).strict(),
} as const;

/** The zod schemas of all methods' params. */
export const methods = shapes;
/** `vm.create`, `image.list`, … */
export type MethodName = keyof typeof shapes;
/** What a method takes. */
export type MethodParams<M extends MethodName> = z.infer<(typeof shapes)[M]>;

/** Results by method. Operations' own results arrive with their `done` event: VmCreated for create, BulkResult for the others. */
export interface MethodResults {
  "daemon.status": DaemonStatus;
  /** `publishedPorts` of VMs that run on: closed until a daemon runs again. Not from a daemon of a build that has none. */
  "daemon.stop": { runningVms: number; publishedPorts?: number };
  "vm.create": OperationStarted;
  "vm.start": OperationStarted;
  "vm.stop": OperationStarted;
  "vm.restart": OperationStarted;
  "vm.kill": OperationStarted;
  "vm.delete": OperationStarted;
  "vm.set": OperationStarted;
  "vm.list": { vms: VmSummary[] };
  "vm.show": VmDetails;
  "vm.stats": StatsReply;
  "vm.health": HealthReply;
  "vm.ports": VmPorts;
  "vm.hold": Record<string, never>;
  "vm.ssh": SshTarget;
  "ssh.files": Pick<SshTarget, "identityFile" | "knownHostsFile">;
  "image.list": { images: ImageSummary[] };
  "image.show": ImageSummary & { manifest: unknown };
  "image.pull": OperationStarted;
  "kernel.list": { kernels: KernelSummary[] };
  "kernel.show": KernelSummary & { manifest: unknown };
  "kernel.pull": OperationStarted;
  "operation.list": { operations: OperationSummary[] };
  "operation.cancel": { cancelled: boolean };
}

import { z } from "zod";

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
 * Over 200 lines: it is one contract, read as a whole.
 *
 * The daemon checks params here; results are typed, not checked again. The CLI imports only the types, so that it starts fast.
 */

/** The longest that Node can time. */
const LONGEST_MS = 2 ** 31 - 1;
const ref = z.string().min(1).max(128);
const refs = z.array(ref).min(1).max(1000);
const empty = z.object({}).strict();
const netAccess = z.enum(["none", "public", "full"]);

const port = z.number().int().min(1).max(65_535);
const protocol = z.enum(["tcp", "udp"]).optional();
/** A port of the host that is to lead to one of the guest; by default of 127.0.0.1, a free one, tcp. */
const publishRequest = z
  .object({
    hostAddress: z.string().max(64).optional(),
    /** 0: a free one. */
    hostPort: port.or(z.literal(0)).optional(),
    guestPort: port,
    protocol,
  })
  .strict();
/** A port to publish, as it was asked for. */
export type PublishRequest = z.infer<typeof publishRequest>;
/** Of all addresses of the host, unless one is given. */
const unpublishRequest = z
  .object({ hostAddress: z.string().max(64).optional(), hostPort: port, protocol })
  .strict();
/** A published port to take back, by its host's side. */
export type UnpublishRequest = z.infer<typeof unpublishRequest>;

/** Only what the user passed is sent (VM-6). */
export const vmCreateParams = z
  .object({
    name: z.string().optional(),
    image: z.string().optional(),
    vcpu: z.number().optional(),
    memoryMib: z.number().optional(),
    diskSizeBytes: z.number().optional(),
    overlaySizeBytes: z.number().optional(),
    net: netAccess.optional(),
    /** VMs that it and they may talk to. */
    peers: z.array(ref).max(1000).optional(),
    /** Deleted when this client's connection ends, however it ends (RUN-4). */
    autoRemove: z.boolean().optional(),
    /** Milliseconds to wait for the guest instead of `boot_timeout`. */
    bootTimeoutMs: z.number().int().positive().max(LONGEST_MS).optional(),
    waitFor: z.enum(["agent", "system"]).optional(),
    /** Create, but do not boot. */
    noStart: z.boolean().optional(),
    publish: z.array(publishRequest).max(2048).optional(),
  })
  .strict();
/** What `vm.create` takes. */
export type VmCreateParams = z.infer<typeof vmCreateParams>;

/** Only what the user passed; at least one (VM-9). */
export const vmSetParams = z
  .object({
    refs,
    vcpu: z.number().optional(),
    memoryMib: z.number().optional(),
    diskSizeBytes: z.number().optional(),
    net: netAccess.optional(),
    addPeers: z.array(ref).max(1000).optional(),
    removePeers: z.array(ref).max(1000).optional(),
    /** Live; `unpublish` comes first. */
    publish: z.array(publishRequest).max(2048).optional(),
    unpublish: z.array(unpublishRequest).max(2048).optional(),
  })
  .strict();
/** What `vm.set` takes. */
export type VmSetParams = z.infer<typeof vmSetParams>;

/** A VM in a list. */
export interface VmSummary {
  id: string;
  name: string;
  state: "creating" | "starting" | "running" | "stopping" | "stopped" | "deleting";
  image: string;
  kernel: string;
  /** What it runs with, if it runs. */
  vcpu: number;
  memoryMib: number;
  diskSizeBytes: number;
  address: string;
  /** What it may reach: nothing, the internet, or all that the host reaches. */
  net: "none" | "public" | "full";
  /** Names of VMs that it and they may talk to. */
  peers: string[];
  /** Ports of the host that lead to it while it runs; what listens there, `vm.ports` tells. */
  published: VmPublishedPort[];
  createdAt: string;
  /** Null unless running. */
  startedAt: string | null;
}

/** All that is known of one VM. */
export interface VmDetails extends VmSummary {
  /** What the next start takes, where it is something else. */
  atNextStart: { vcpu: number; memoryMib: number } | null;
  overlaySizeBytes: number;
  vmm: string;
  storage: string;
  accelerator: string | null;
  autoRemove: boolean;
  mac: string;
  pid: number | null;
  tap: string | null;
  directory: string;
  consoleLog: string;
  vmmLog: string;
  guest: { init: string; uptimeSeconds: number; agentBuild: string } | null;
  /** Null while it is being made or deleted. */
  rootDisk: VmDisk | null;
}

/** An image, here or in the catalog. */
export interface ImageSummary {
  name: string;
  id: string | null;
  kernel: string;
  /** False for an entry of the catalog that was not pulled yet. */
  local: boolean;
  rootfsBytes: number | null;
  createdAt: string | null;
  description: string;
}

/** A kernel, here or in the catalog. */
export interface KernelSummary {
  name: string;
  local: boolean;
  version: string | null;
  distro: string;
  importedAt: string | null;
  sha256: string | null;
}

/** A service that listens in a guest. What names it has are the guest's: they are not safe to print as they are. */
export interface VmListener {
  protocol: "http" | "https" | "tcp" | "udp";
  transport: "tcp" | "udp";
  port: number;
  addresses: string[];
  /** The host does not reach it: it listens at the guest's loopback address, or at a network inside of it. */
  guestOnly: boolean;
  /** `http://web.vm:8000`, `web.vm:5432`; `127.0.0.1:5432` of what the guest alone reaches. */
  endpoint: string;
  /** These three are null where the socket is the kernel's own. */
  pid: number | null;
  process: string | null;
  command: string | null;
}

/** A port of the host that leads to a guest. */
export interface VmPublishedPort {
  protocol: "tcp" | "udp";
  hostAddress: string;
  /** 0: a free one, chosen at the next start. */
  hostPort: number;
  guestPort: number;
  /** `127.0.0.1:8080`, `http://127.0.0.1:8080`. */
  endpoint: string;
  /** Its VM runs, and so it is carried. */
  open: boolean;
  /** Why it leads nowhere, in one sentence; null when all is well. */
  problem: string | null;
}

/** What listens in a VM's guest, and which ports of the host lead there. */
export interface VmPorts {
  id: string;
  name: string;
  state: VmSummary["state"];
  address: string;
  /** None while it does not run. */
  listeners: VmListener[];
  published: VmPublishedPort[];
  /** The guest has more listeners than it told of. */
  truncated: boolean;
}

/** The outcome of work on several VMs, for one of them. */
export interface BulkEntry {
  ref: string;
  id: string | null;
  name: string | null;
  error: import("../domain/operation.ts").ErrorBody | null;
  /** Of `vm.set`: vcpu and memory of a VM that runs are what its next start takes. */
  applies?: "now" | "next-start";
}

/** In the order in which the refs came. */
export interface BulkResult {
  results: BulkEntry[];
}

/** Long work that was begun: watch it by its id. */
export interface OperationStarted {
  operationId: string;
}

/** How full a disk is, and what is wrong with it. */
export interface VmDisk {
  /** `root`, `work` */
  name: string;
  /** Of the room for changes where the storage driver has such (`dm-snapshot`, `overlay`), else blocks on the host. */
  usedBytes: number;
  totalBytes: number;
  /** What was written is lost, and the disk reads as errors (DSK-3). */
  invalid: boolean;
  /** What is wrong with it, or about to be, in one sentence; null when all is well. */
  note: string | null;
}

/** What a VM takes of the host; what is null it has not while it does not run. */
export interface VmStats {
  id: string;
  name: string;
  state: VmSummary["state"];
  /** Of one CPU: 200 is two that do nothing else. */
  cpuPercent: number | null;
  /** Resident memory of the VMM. */
  memoryBytes: number | null;
  memoryLimitBytes: number;
  disks: VmDisk[];
  network: { receivedBytes: number; sentBytes: number } | null;
  uptimeSeconds: number | null;
}

/** The answer to `vm.stats`. */
export interface StatsReply {
  stats: VmStats[];
  /** Refs that lead nowhere. */
  missing: { ref: string; error: import("../domain/operation.ts").ErrorBody }[];
  /** When to ask again, for whoever watches. */
  intervalMs: number;
}

/** Whether a VM does what it should. */
export interface VmHealth {
  id: string;
  name: string;
  state: VmSummary["state"];
  status: "healthy" | "starting" | "degraded" | "unhealthy" | "stopped";
  vmmAlive: boolean;
  /** Null when it does not answer. */
  agent: {
    build: { version: string; commit: string; time: string };
    protocol: number;
    uptimeSeconds: number;
    bootId: string;
    init: string;
  } | null;
  /** Null when healthy. */
  problem: string | null;
  next: string | null;
}

/** The answer to `vm.health`, in the order of the refs. */
export interface HealthReply {
  results: {
    ref: string;
    health: VmHealth | null;
    error: import("../domain/operation.ts").ErrorBody | null;
  }[];
}

/** What is known of long work, while it runs and for a minute after. */
export interface OperationSummary {
  id: string;
  /** The method that began it: `vm.create`. */
  kind: string;
  /** Names of what it is about; empty while not known. */
  subject: string;
  state: "running" | "done" | "failed" | "cancelled";
  /** Stages under way. */
  stages: string[];
  startedAt: string;
  endedAt: string | null;
  error: import("../domain/operation.ts").ErrorBody | null;
}

/** The daemon that answers. */
export interface DaemonStatus {
  build: { version: string; commit: string; time: string };
  pid: number;
  socket: string;
  stateDirectory: string;
  log: string;
  startedAt: string;
  /** Operations in flight. */
  operations: number;
  runningVms: number;
  dns: import("../domain/dns.ts").DnsState;
}

/** Values that `--help` and `spec:` show (CFG-2). */
export interface VmDefaults {
  vcpu: { value: number; from: "config" | "auto" | "builtin" };
  memoryMib: { value: number; from: "config" | "auto" | "builtin" };
  diskSizeBytes: { value: number; from: "config" | "auto" | "builtin" };
  overlaySizeBytes: { value: number; from: "config" | "auto" | "builtin" };
}

/** Result of the operation that `vm.create` and `vm.start` begin, per VM. */
export interface VmCreated {
  id: string;
  name: string;
  address: string;
  /** Of the host, as they are open now. */
  publish: import("../domain/published-port.ts").PublishedPort[];
}

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
  "vm.ssh": import("../domain/ssh.ts").SshTarget;
  "ssh.files": Pick<import("../domain/ssh.ts").SshTarget, "identityFile" | "knownHostsFile">;
  "image.list": { images: ImageSummary[] };
  "image.show": ImageSummary & { manifest: unknown };
  "image.pull": OperationStarted;
  "kernel.list": { kernels: KernelSummary[] };
  "kernel.show": KernelSummary & { manifest: unknown };
  "kernel.pull": OperationStarted;
  "operation.list": { operations: OperationSummary[] };
  "operation.cancel": { cancelled: boolean };
}

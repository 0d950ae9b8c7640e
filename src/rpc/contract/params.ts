import { z } from "zod";

/** The longest that Node can time. */
export const LONGEST_MS = 2 ** 31 - 1;
export const ref = z.string().min(1).max(128);
export const refs = z.array(ref).min(1).max(1000);
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

import { z } from "zod";

/** Which version of docs/guest-protocol.md this client speaks. */
export const PROTOCOL_VERSION = 1;

export const healthReply = z.object({
  protocol: z.int(),
  build: z.object({ version: z.string(), commit: z.string(), time: z.string() }),
  bootId: z.string(),
  uptimeSeconds: z.number(),
  /** What it can beside version 1 of the protocol. */
  features: z.array(z.string().max(64)).max(64).default([]),
  init: z.enum(["starting", "running", "degraded", "none"]),
});

export const portsReply = z.object({
  listeners: z.array(
    z.object({
      protocol: z.enum(["tcp", "udp"]),
      address: z.union([z.ipv4(), z.ipv6()]),
      port: z.int().min(0).max(65_535),
      pid: z.int().nonnegative().nullable(),
      process: z.string().max(64).nullable(),
      command: z.string().max(4096).nullable(),
    }),
  ),
  /** There were more than a reply may have. */
  truncated: z.boolean().default(false),
});

export const errorReply = z.object({ code: z.string().regex(/^ERR_[A-Z0-9_]{1,60}$/), message: z.string() });

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
      address: z.string(),
      port: z.int(),
      /** Null where the socket is the kernel's own, or its process has gone. */
      pid: z.int().nullable(),
      process: z.string().nullable(),
      command: z.string().nullable(),
    }),
  ),
});

export const errorReply = z.object({ code: z.string().startsWith("ERR_"), message: z.string() });

export type GuestListener = z.infer<typeof portsReply>["listeners"][number];

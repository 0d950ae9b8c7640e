import { z } from "zod";

/** Replies as Firecracker's published API description has them; what it adds later is let through. */
export const instanceInfo = z.object({
  app_name: z.string(),
  id: z.string(),
  state: z.enum(["Not started", "Running", "Paused"]),
  vmm_version: z.string(),
});
export type InstanceInfo = z.infer<typeof instanceInfo>;

export const fault = z.object({ fault_message: z.string() });

import { readdirSync } from "node:fs";
import path from "node:path";
import type { Sandbox } from "./sandbox.ts";

/** The filesystem of a sandbox's one image. A sandbox shares it with others: it may be replaced, never changed in place. */
export function imageFile(sandbox: Sandbox): string {
  const images = path.join(sandbox.state, "images");
  const id = readdirSync(images).find((name) => /^[0-9a-f]{32}$/.test(name));
  if (id === undefined) throw new Error(`${images} has no image`);
  return path.join(images, id, "rootfs.ext4");
}

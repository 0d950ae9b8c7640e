import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { S_IFCHR, S_IFDIR, S_IFREG, writeCpio } from "./cpio.ts";
import { replaceFile } from "./files.ts";
import { withSpaceErrors } from "./space.ts";

export interface InitramfsParts {
  /** The static banger-init/banger-agent binary: it becomes /init. */
  agentBinary: string;
  /** The kernel's `modules.cpio`, or null where everything is built in. */
  modulesCpio: string | null;
  /** Written atomically; an earlier file there is replaced. */
  output: string;
}

/**
 * Joins the agent and a kernel's modules to an initramfs. Uncompressed: a boot loader copies the few MiB in a
 * millisecond, whereas a guest under emulation would take long to unpack them.
 * /dev/console is in it because the kernel opens it for PID 1 before anything is mounted.
 * @throws BangerError ERR_NO_SPACE; Node's error when an input cannot be read.
 */
export async function buildInitramfs({ agentBinary, modulesCpio, output }: InitramfsParts): Promise<void> {
  const init = await readFile(agentBinary);
  const modules = modulesCpio === null ? Buffer.alloc(0) : await readFile(modulesCpio);
  const directories = ["dev", "newroot", "proc", "sys"].map((path) => ({ path, mode: S_IFDIR | 0o755 }));
  const own = writeCpio([
    ...directories,
    { path: "dev/console", mode: S_IFCHR | 0o600, device: { major: 5, minor: 1 } },
    { path: "init", mode: S_IFREG | 0o755, data: init },
  ]);
  const archive = Buffer.concat([own, modules]);
  await withSpaceErrors(dirname(output), archive.length, "the initramfs", () => replaceFile(output, archive));
}

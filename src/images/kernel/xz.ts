import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BangerError } from "../../shared/errors.ts";
import type { AssemblyContext } from "../context.ts";
import { runTool } from "../tool.ts";
import type { UnpackExtra } from "./vmlinux.ts";

/** Unpacks .xz through the xz program, in a directory of its own under `scratch`, with its memory bounded. */
export function xzUnpacker(
  scratch: string,
  context: Pick<AssemblyContext, "signal" | "logFile">,
): UnpackExtra {
  return {
    async xz(packed, maxBytes) {
      const directory = await mkdtemp(join(scratch, "xz-"));
      try {
        await writeFile(join(directory, "payload.xz"), packed);
        const args = ["--decompress", "--memlimit-decompress=256MiB", "payload.xz"];
        await runTool("xz", args, { signal: context.signal, logFile: context.logFile, cwd: directory });
        const { size } = await stat(join(directory, "payload"));
        if (size > maxBytes) {
          throw new BangerError(
            "ERR_KERNEL_FORMAT",
            `an xz stream unpacks to ${size} bytes, more than it may`,
          );
        }
        return await readFile(join(directory, "payload"));
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

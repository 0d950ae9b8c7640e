import { open } from "node:fs/promises";
import { PROBE_DONE, PROBE_STARTED } from "./guest.ts";

const MAX_OUTPUT_BYTES = 64 * 1024;

export interface KvmVerdict {
  readonly works: boolean;
  /** One sentence without its full stop, for a person. */
  readonly reason: string;
  /** Whether it holds until the next boot. */
  readonly lasting: boolean;
  /** What the VMM printed, of which a driver may read its version. Empty where it was not started. */
  readonly output: string;
}

/** `timeoutMs` is null for a VMM that ended by itself. */
export function judge(
  output: string,
  { device, timeoutMs }: { device: string; timeoutMs: number | null },
): KvmVerdict {
  if (output.includes(PROBE_DONE)) {
    return { works: true, reason: `a test guest ran on ${device}`, output, lasting: true };
  }
  const said = output.trimEnd().split("\n").at(-1) ?? "";
  const reason = output.includes(PROBE_STARTED)
    ? timeoutMs === null
      ? `${device} opens, but a test guest ended early on it`
      : `${device} opens, but a test guest was not through after ${timeoutMs / 1000} s: it interprets what it should run`
    : timeoutMs === null
      ? `${device} opens, but the VMM ended before its test guest ran${said === "" ? "" : `: ${said.slice(0, 300)}`}`
      : `${device} opens, but a test guest did not start within ${timeoutMs / 1000} s`;
  // What ends early may have been the moment's: no memory, a VMM half installed. A guest that hangs costs each who asks the whole time.
  return { works: false, reason, output, lasting: timeoutMs !== null };
}

/** What the VMM printed, as far as it is looked at. */
export async function readStart(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_OUTPUT_BYTES), 0, MAX_OUTPUT_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

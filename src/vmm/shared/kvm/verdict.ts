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

/** What a VMM that is still there used of the time that it had, in milliseconds. */
export interface Overtime {
  readonly timeoutMs: number;
  /** Null where it could not be told. */
  readonly cpuMs: number | null;
}

/** From this share of the time on the VMM was busy with its guest; below, the host was with something else. */
const BUSY = 0.5;

/** `over` is null for a VMM that ended by itself. */
export function judge(
  output: string,
  { device, over }: { device: string; over: Overtime | null },
): KvmVerdict {
  if (output.includes(PROBE_DONE)) {
    return { works: true, reason: `a test guest ran on ${device}`, output, lasting: true };
  }
  const failed = (what: string, lasting: boolean): KvmVerdict => {
    return { works: false, reason: `${device} opens, but ${what}`, output, lasting };
  };
  const started = output.includes(PROBE_STARTED);
  if (over === null) {
    // May have been the moment's: no memory, a VMM half installed. It is asked again soon, and quickly.
    const said = output.trimEnd().split("\n").at(-1) ?? "";
    if (started) return failed("a test guest ended early on it", false);
    return failed(
      `the VMM ended before its test guest ran${said === "" ? "" : `: ${said.slice(0, 300)}`}`,
      false,
    );
  }
  const { timeoutMs, cpuMs } = over;
  const seconds = timeoutMs / 1000;
  const late = started
    ? `a test guest was not through after ${seconds} s`
    : `a test guest did not start within ${seconds} s`;
  // The time alone is no proof: on a host that is busy the best KVM has none.
  if (cpuMs === null || cpuMs < BUSY * timeoutMs) {
    const had = cpuMs === null ? "" : `, of which it had the CPU for ${Math.round(cpuMs / 100) / 10} s`;
    return failed(`${late}${had}: it is tried again in some minutes`, false);
  }
  return failed(started ? `${late}: it interprets what it should run` : late, true);
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

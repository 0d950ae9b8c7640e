import type { ConsoleWord } from "../../domain/ports.ts";

const WORDS: readonly (readonly [RegExp, ConsoleWord])[] = [
  // kernel/reboot.c prints them at the highest level, so that `quiet` does not hide them; after the second the power may not go.
  [/\breboot: (System halted|Power down)/, "halted"],
  // agent/src/init/timer_check.h
  [/\nbanger-init: timer: /, "no timer"],
];
const LONGEST = "\nbanger-init: timer: ".length;

/**
 * Reads along on a guest's console: the kernel's last words, after which a machine that cannot be switched off, and one that was only halted,
 * stands still with its VMM still there; and banger-init's, of a kernel that has found no timer. Any program of the guest may print them.
 */
export class ConsoleWatch {
  // A line may be the first.
  #end = "\n";

  /** What ends in this chunk. */
  sees(chunk: Uint8Array): ConsoleWord | null {
    const text = this.#end + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    const seen = WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? null;
    this.#end = seen === null ? text.slice(-LONGEST) : "";
    return seen;
  }
}

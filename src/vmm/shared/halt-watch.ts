/** kernel/reboot.c prints them at the highest level, so that `quiet` does not hide them; after the second the power may not go. */
const LAST_WORDS = /\breboot: (System halted|Power down)/;
const LONGEST = "reboot: System halted".length;

/**
 * Reads along on a guest's console for the kernel's last words: a machine that cannot be switched off, and one that was only halted, stands
 * still then, with its VMM still there. Any program of the guest may print them.
 */
export class HaltWatch {
  #end = "";

  /** Whether they end in this chunk. */
  sees(chunk: Uint8Array): boolean {
    const text = this.#end + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    const seen = LAST_WORDS.test(text);
    this.#end = seen ? "" : text.slice(-LONGEST);
    return seen;
  }
}

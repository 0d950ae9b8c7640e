import { execFileSync } from "node:child_process";
import path from "node:path";

/** More than a VM has touched when its first command runs, its VMM's own memory with it. */
const TOUCHED_MIB = 512;

/**
 * A host that is itself a guest may have given its free memory back to its own host (free page reporting, a balloon), which gives it again
 * page by page to whoever touches it first: 256 MiB in 11 ms or in 500, by what ran a second before. So the same is done just before each
 * measurement: as much memory as a VM touches is touched, and freed, and is what the kernel hands out next.
 */
export class HostMemory {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  /** The program that touches is made in `directory`, whose owner removes it. */
  static make(directory: string): HostMemory {
    const program = path.join(directory, "touch");
    execFileSync("g++", ["-O2", "-o", program, path.join(import.meta.dirname, "touch.cc")]);
    return new HostMemory(program);
  }

  touch(): void {
    execFileSync(this.#program, [String(TOUCHED_MIB)]);
  }
}

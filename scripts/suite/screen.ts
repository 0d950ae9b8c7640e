import type { StdioOptions } from "node:child_process";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** Where one round writes. */
export interface Output {
  readonly stdio: StdioOptions;
  write(text: string): void;
  close(): void;
}

/**
 * Standard output, of which two rounds at once make use: one writes as it goes; what the other has written, to a file meanwhile, is shown
 * whole, when it is over and the first is between two rounds.
 */
export class Screen {
  readonly #print: (text: string) => void;
  #isTaken = false;
  #kept = "";

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  live(): Output {
    this.#isTaken = true;
    const close = () => {
      this.#isTaken = false;
      this.#show();
    };
    return { stdio: "inherit", write: this.#print, close };
  }

  kept(file: string): Output {
    const fd = openSync(file, "w");
    const close = () => {
      closeSync(fd);
      this.#kept += readFileSync(file, "utf8");
      this.#show();
    };
    return { stdio: ["ignore", fd, fd], write: (text) => writeSync(fd, text), close };
  }

  #show(): void {
    if (this.#isTaken || this.#kept === "") return;
    this.#print(this.#kept);
    this.#kept = "";
  }
}

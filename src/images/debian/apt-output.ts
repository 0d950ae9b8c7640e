import type { AssemblyProgress } from "../context.ts";

/** mmdebstrap's stages as it announces them (`I: …`), in words for a person. An unknown one shows as mmdebstrap says it. */
const STAGES: readonly [start: string, step: string][] = [
  ["running apt-get update", "reading the archive's package lists"],
  ["downloading packages", "downloading packages"],
  ["extracting archives", "unpacking essential packages"],
  ["installing essential packages", "installing essential packages"],
  ["installing remaining packages", "installing packages"],
  ["cleaning package lists", "cleaning up"],
];

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/**
 * Follows the output of `mmdebstrap --verbose`, which is apt's and dpkg's own. It only feeds the progress display: a line
 * that is not understood changes nothing else.
 */
export class AptOutput {
  #step = "starting";
  #packages = 0;
  #configured = 0;
  #downloadTotal: number | undefined;
  readonly #report: (event: AssemblyProgress) => void;

  constructor(report: (event: AssemblyProgress) => void) {
    this.#report = report;
  }

  /** Bytes that apt said it must fetch, while it does; else undefined. */
  get downloadTotal(): number | undefined {
    return this.#downloadTotal;
  }

  get step(): string {
    return this.#step;
  }

  line(line: string): void {
    if (line.startsWith("I: ")) this.#stage(line.slice(3));
    const count = /^\d+ upgraded, (\d+) newly installed/.exec(line);
    if (count) this.#packages = Number(count[1]);
    const need = /^Need to get (?:([\d.,]+) ([kMG]?B)\/)?([\d.,]+) ([kMG]?B) of archives/.exec(line);
    if (need) {
      this.#configured = 0;
      // "Need to get 3 MB/60 MB": 57 MB are in the cache already.
      this.#downloadTotal = size(need[1] ?? need[3], need[2] ?? need[4]);
    }
    const unpacked = /^Unpacking (\S+)/.exec(line);
    if (unpacked) this.#package("unpacking", unpacked[1] as string);
    const configured = /^Setting up (\S+)/.exec(line);
    if (configured) {
      this.#configured += 1;
      this.#package("setting up", configured[1] as string);
    }
  }

  #stage(text: string): void {
    const known = STAGES.find(([start]) => text.startsWith(start));
    if (known === undefined) return;
    this.#step = known[1];
    this.#downloadTotal = undefined;
    this.#report({ step: this.#step });
  }

  #package(verb: string, name: string): void {
    this.#downloadTotal = undefined;
    const count =
      this.#configured > 0 && this.#packages > 0 ? ` (${this.#configured}/${this.#packages})` : "";
    this.#report({ step: this.#step, detail: `${verb} ${name.replace(/:\w+$/, "")}${count}` });
  }
}

function size(number: string | undefined, unit: string | undefined): number {
  return Math.round(Number((number ?? "0").replaceAll(",", "")) * (UNITS[unit ?? "B"] ?? 1));
}

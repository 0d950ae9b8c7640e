import { z } from "zod";
import { type FileWriter, readJsonFile, removeJsonFile, writeJsonFile } from "./json-file.ts";

const linkName = z.string().min(1).max(15);

const hostObjectsSchema = z.strictObject({
  version: z.literal(1),
  /** Names of links that belong to no VM: the anchor, the pool's TAPs, TAPs of VMs that are gone. */
  links: z.array(linkName),
  /** Links whose IPv4 forwarding is on because of us. */
  forwarding: z.array(linkName).default([]),
});

export type HostObjects = z.infer<typeof hostObjectsSchema>;

const NONE: HostObjects = { version: 1, links: [], forwarding: [] };

/**
 * `host.json`: names of kernel objects that belong to no VM, written before they are made (ST-5). One writer: the daemon, which reads it
 * once.
 */
export class HostFile {
  readonly #files: FileWriter;
  readonly #file: string;
  /** What is in the file, once that was read or written. */
  #known: HostObjects | null = null;
  /** Changes run one after another, so that none is lost, and looks between them: one during a write would take the old text for what is known. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(files: FileWriter, file: string) {
    this.#files = files;
    this.#file = file;
  }

  /** Nothing where there is no file. Throws ERR_STATE_FILE_INVALID. */
  read(): Promise<HostObjects> {
    return this.#next(() => this.#now());
  }

  /** Before they are made: one write for all of them. */
  addLinks(names: readonly string[]): Promise<void> {
    return this.#change(({ links }) => ({ links: [...new Set([...links, ...names])] }));
  }

  /** After they are gone. The last one takes the file with it. */
  removeLinks(names: readonly string[]): Promise<void> {
    const gone = new Set(names);
    return this.#change(({ links }) => ({ links: links.filter((name) => !gone.has(name)) }));
  }

  async readForwarding(): Promise<readonly string[]> {
    return (await this.read()).forwarding;
  }

  /** All of them, before those that are new forward, and after those that are gone do not. */
  writeForwarding(forwarding: readonly string[]): Promise<void> {
    return this.#change(() => ({ forwarding: [...forwarding] }));
  }

  #change(edit: (host: HostObjects) => Partial<HostObjects>): Promise<void> {
    return this.#next(async () => {
      const now = await this.#now();
      const next = { ...now, ...edit(now) };
      // Half a write may have reached the disk: what is there is read anew then.
      this.#known = null;
      if (next.links.length + next.forwarding.length === 0) await removeJsonFile(this.#file);
      else await writeJsonFile(this.#files, this.#file, next);
      this.#known = next;
    });
  }

  async #now(): Promise<HostObjects> {
    this.#known ??= (await readJsonFile(this.#file, hostObjectsSchema)) ?? NONE;
    return this.#known;
  }

  #next<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

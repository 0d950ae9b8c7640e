import { rm } from "node:fs/promises";
import { z } from "zod";
import { readJsonFile, writeJsonFile } from "./json-file.ts";

const hostObjectsSchema = z.strictObject({
  version: z.literal(1),
  /** Names of links that belong to no VM: the anchor, later the pool's TAPs. */
  links: z.array(z.string().min(1).max(15)),
});

export type HostObjects = z.infer<typeof hostObjectsSchema>;

const NONE: HostObjects = { version: 1, links: [] };

/** `host.json`: names of kernel objects that belong to no VM, written before they are made (ST-5). One writer: the daemon. */
export class HostFile {
  readonly #file: string;
  /** Changes run one after another, so that none is lost. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  /** Nothing where there is no file. Throws ERR_STATE_FILE_INVALID. */
  async read(): Promise<HostObjects> {
    return (await readJsonFile(this.#file, hostObjectsSchema)) ?? NONE;
  }

  /** Before it is made. */
  addLink(name: string): Promise<void> {
    return this.#change((links) => [...links.filter((other) => other !== name), name]);
  }

  /** After it is gone. The last one takes the file with it. */
  removeLink(name: string): Promise<void> {
    return this.#change((links) => links.filter((other) => other !== name));
  }

  #change(edit: (links: string[]) => string[]): Promise<void> {
    const change = this.#last.then(async () => {
      const links = edit((await this.read()).links);
      if (links.length === 0) await rm(this.#file, { force: true });
      else await writeJsonFile(this.#file, { version: 1, links });
    });
    this.#last = change.catch(() => undefined);
    return change;
  }
}

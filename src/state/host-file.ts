import { rm } from "node:fs/promises";
import { z } from "zod";
import { readJsonFile, writeJsonFile } from "./json-file.ts";

const linkName = z.string().min(1).max(15);

const hostObjectsSchema = z.strictObject({
  version: z.literal(1),
  /** Names of links that belong to no VM: the anchor, later the pool's TAPs. */
  links: z.array(linkName),
  /** Links whose IPv4 forwarding is on because of us. */
  forwarding: z.array(linkName).default([]),
});

export type HostObjects = z.infer<typeof hostObjectsSchema>;

const NONE: HostObjects = { version: 1, links: [], forwarding: [] };

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
    return this.#change((host) => ({ links: [...host.links.filter((other) => other !== name), name] }));
  }

  /** After it is gone. The last one takes the file with it. */
  removeLink(name: string): Promise<void> {
    return this.#change((host) => ({ links: host.links.filter((other) => other !== name) }));
  }

  async readForwarding(): Promise<readonly string[]> {
    return (await this.read()).forwarding;
  }

  /** All of them, before those that are new forward, and after those that are gone do not. */
  writeForwarding(forwarding: readonly string[]): Promise<void> {
    return this.#change(() => ({ forwarding: [...forwarding] }));
  }

  #change(edit: (host: HostObjects) => Partial<HostObjects>): Promise<void> {
    const change = this.#last.then(async () => {
      const now = await this.read();
      const next = { ...now, ...edit(now) };
      if (next.links.length + next.forwarding.length === 0) await rm(this.#file, { force: true });
      else await writeJsonFile(this.#file, next);
    });
    this.#last = change.catch(() => undefined);
    return change;
  }
}

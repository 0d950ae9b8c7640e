import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import path from "node:path";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { makeExt4 } from "../../../src/images/ext4.ts";
import { ROOT } from "../../e2e/support/sandbox.ts";
import { mountXfs } from "../../support/xfs.ts";

const MIB = 2 ** 20;
const SEED_BYTES = 512 * MIB;
const JOURNAL_MIB = 64;
/** Begins the names of loop and device-mapper devices that the operations make. */
export const PREFIX = "plumbing-";
/** An address for what is made, in networks that are in no use outside the namespace. */
export const CIDR = "172.30.0.0/16";
/** Who owns disks and TAPs; nobody needs to be it. */
export const OWNER = 64_000;

/** A filesystem to work in. */
export interface Ground {
  readonly directory: string;
  /** An empty ext4, written out: an image's root and the seeds of the other disks. It has next to no data: the plumbing is measured, not the disk. */
  readonly seed: string;
}

/** Where the bench's files lie: a directory beside the build's, and a filesystem that shares blocks where the host can have one. */
export class Place {
  readonly directory: string;
  readonly plain: Ground;
  /** Or why there is none. */
  readonly sharing: Ground | string;
  readonly #host: HostOps;
  readonly #closers: (() => Promise<unknown>)[];

  private constructor(
    host: HostOps,
    directory: string,
    grounds: { plain: Ground; sharing: Ground | string },
    closers: (() => Promise<unknown>)[],
  ) {
    this.#host = host;
    this.directory = directory;
    this.plain = grounds.plain;
    this.sharing = grounds.sharing;
    this.#closers = closers;
  }

  static async open(host: HostOps): Promise<Place> {
    const parent = process.env.TMPDIR ?? path.join(ROOT, "build");
    const directory = await mkdtemp(path.join(parent, "plumbing-"));
    const closers = [() => rm(directory, { recursive: true, force: true })];
    try {
      const plain = await ground(directory);
      const sharing = await mountXfs("2G").then(
        async (xfs) => {
          closers.push(() => xfs.close());
          return ground(xfs.directory);
        },
        (error: Error) => `no XFS could be mounted: ${error.message.split("\n")[0]}`,
      );
      return new Place(host, directory, { plain, sharing }, closers);
    } catch (error) {
      for (const close of closers.reverse()) await close();
      throw error;
    }
  }

  /** Takes everything of the bench off the host: links go with the network namespace. */
  async close(): Promise<void> {
    for (const { name } of await this.#host.dm.list(PREFIX))
      await this.#host.dm.remove(name, { deferred: true });
    for (const { device } of await this.#host.loop.list(PREFIX)) await this.#host.loop.detach(device);
    for (const close of this.#closers.reverse()) await close();
  }
}

async function ground(directory: string): Promise<Ground> {
  const root = path.join(directory, "root");
  await mkdir(root, { recursive: true });
  const seed = path.join(directory, "seed");
  const { signal } = new AbortController();
  const size = { sizeBytes: SEED_BYTES, journalMib: JOURNAL_MIB, label: "plumbing" };
  await makeExt4({ path: seed, ...size, root, signal, logFile: path.join(directory, "log") });
  return { directory, seed };
}

/** A file of one piece of data, written out, with holes before and behind it. */
export async function makeFile(file: string, dataBytes: number): Promise<string> {
  const handle = await open(file, "wx");
  try {
    await handle.truncate(4 * dataBytes);
    await handle.write(Buffer.alloc(dataBytes, 1), 0, dataBytes, dataBytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return file;
}

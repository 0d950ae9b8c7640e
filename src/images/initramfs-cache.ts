import { createHash } from "node:crypto";
import { access, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { buildInitramfs } from "./initramfs.ts";

/** Initramfs files, made once per kernel and agent and named by both, so that a new build never boots an old agent. */
export class InitramfsCache {
  readonly #agentBinary: string;
  readonly #directory: string;
  readonly #files = new Map<string, Promise<string>>();

  constructor(agentBinary: string, directory: string) {
    this.#agentBinary = agentBinary;
    this.#directory = directory;
  }

  /** The file for a kernel, made on first use. ERR_NO_SPACE. */
  async get(kernelName: string, modulesCpio: string): Promise<string> {
    const making = this.#files.get(kernelName) ?? this.#make(kernelName, modulesCpio);
    this.#files.set(kernelName, making);
    try {
      const file = await making;
      await access(file);
      return file;
    } catch {
      // The cache may be emptied at any time, and an input may have been missing before.
      this.#files.delete(kernelName);
      return this.#make(kernelName, modulesCpio);
    }
  }

  async #make(kernelName: string, modulesCpio: string): Promise<string> {
    const hash = createHash("sha256");
    for (const file of [this.#agentBinary, modulesCpio]) hash.update(await readFile(file));
    const output = path.join(this.#directory, `${kernelName}-${hash.digest("hex").slice(0, 16)}.cpio`);
    const there = await access(output).then(
      () => true,
      () => false,
    );
    if (there) return output;
    await mkdir(this.#directory, { recursive: true });
    await buildInitramfs({ agentBinary: this.#agentBinary, modulesCpio, output });
    return output;
  }
}

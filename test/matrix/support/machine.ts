import { rm } from "node:fs/promises";
import { eventually } from "../../e2e/support/run.ts";
import { Sandbox } from "../../e2e/support/sandbox.ts";
import type { Cell } from "../../support/cells.ts";
import { mountXfs } from "../../support/xfs.ts";

const NAME = "cell";

/** The one VM of a cell, in a sandbox whose configuration asks for exactly that VMM and storage driver. */
export class CellMachine {
  readonly sandbox: Sandbox;
  readonly #cleanUp: () => Promise<void>;

  private constructor(sandbox: Sandbox, cleanUp: () => Promise<void>) {
    this.sandbox = sandbox;
    this.#cleanUp = cleanUp;
  }

  static async open(cell: Cell): Promise<CellMachine> {
    const config = `vmm = "${cell.vmm}"\nstorage = "${cell.storage}"\n`;
    // Where the state directory's filesystem shares no blocks, one that does is made for it.
    const xfs = cell.storage === "reflink" ? await mountXfs() : null;
    const sandbox = await Sandbox.open({ config, ...(xfs === null ? {} : { parent: xfs.directory }) });
    return new CellMachine(sandbox, async () => xfs?.close());
  }

  /** Creates the VM; what banger said on the way. */
  async create(): Promise<string> {
    const done = await this.sandbox.run(["vm", "create", "--name", NAME, "--memory", "512M"]);
    if (done.status !== 0) throw new Error(`create ended with ${done.status}: ${done.stderr}`);
    return done.stderr;
  }

  show(): Promise<{ id: string; state: string; vmm: string; storage: string; accelerator: string | null }> {
    return this.sandbox.json("vm", "show", NAME);
  }

  async exec(script: string): Promise<string> {
    const done = await this.sandbox.run(["vm", "exec", NAME, "--", "sh", "-c", script]);
    if (done.status !== 0) throw new Error(`${script}: ${done.status} ${done.stderr}`);
    return done.stdout.toString();
  }

  /** Both disks get a mark that must survive every end that comes after the sync. */
  async mark(value: string): Promise<void> {
    await this.exec(`echo ${value} > /root/mark; echo ${value} > /opt/mark; sync`);
  }

  async marks(): Promise<string[]> {
    return (await this.exec("cat /root/mark /opt/mark")).trim().split("\n");
  }

  command(verb: string, ...flags: string[]): Promise<string> {
    return this.sandbox.ok("vm", verb, ...flags, NAME);
  }

  /** The guest's kernel panics; nothing answers, so nothing is waited for but the end. */
  async panic(): Promise<void> {
    const args = ["vm", "exec", NAME, "--", "sh", "-c", "echo c > /proc/sysrq-trigger"];
    await this.sandbox.run(args);
    await this.stopped();
  }

  async killVmm(): Promise<void> {
    process.kill(this.sandbox.vmmPid((await this.show()).id), "SIGKILL");
    await this.stopped();
  }

  async stopped(): Promise<void> {
    await eventually(async () => (await this.show()).state === "stopped", "the end is noticed");
  }

  async close(): Promise<void> {
    try {
      await this.sandbox.close();
    } finally {
      await rm(this.sandbox.directory, { recursive: true, force: true });
      await this.#cleanUp();
    }
  }
}

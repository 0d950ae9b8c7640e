import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Git } from "../../src/workspace/git.ts";
import { makePlans, type PlanOptions } from "../../src/workspace/plan.ts";
import { type Prepared, type PrepareOptions, prepareGuest } from "../../src/workspace/prepare.ts";
import { newTold, openGuest } from "../host/cli/support/guest.ts";
import { TestRepository } from "./git-repository.ts";

/** A repository, and a directory of this machine in place of a guest's `/root`: the agent's end runs the scripts here. */
export class Here {
  readonly repo = new TestRepository("my repo");
  readonly home = path.join(this.repo.parent, "guest");
  readonly temp = path.join(this.repo.parent, "tmp");
  /** Of the guest's scripts. */
  readonly guestEnv: NodeJS.ProcessEnv = {
    GIT_CONFIG_SYSTEM: path.join(this.repo.parent, "system-config"),
  };

  constructor() {
    mkdirSync(this.home);
    mkdirSync(this.temp);
  }

  async prepare(
    options: Partial<PrepareOptions & PlanOptions> = {},
    directory = this.repo.top,
  ): Promise<Prepared> {
    const open = async () => openGuest(newTold(), this.guestEnv);
    const git = new Git({ env: this.repo.env });
    const where = { home: { HOME: this.repo.home }, tempParent: this.temp };
    const plans = await makePlans(git, directory, { ...where, ...options });
    try {
      return await prepareGuest(plans, { guest: { open, home: this.home }, ...options });
    } finally {
      await plans[Symbol.asyncDispose]();
    }
  }

  /** git on the guest's side. */
  git(...args: string[]): string {
    return this.repo.git("-C", path.join(this.home, "repo"), ...args);
  }

  read(name: string): string {
    return readFileSync(path.join(this.home, "repo", name), "utf8");
  }

  /** Files that should not be there any more, on either side. */
  left(): string[] {
    return [...readdirSync(this.temp), ...readdirSync(this.home).filter((name) => name !== "repo")];
  }

  dispose(): void {
    this.repo.dispose();
  }
}

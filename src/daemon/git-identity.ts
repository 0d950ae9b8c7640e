import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { GitIdentity } from "../domain/file-sync.ts";
import { findOnPath } from "../shared/find-program.ts";

/** git reads two small files; what takes longer is a home that does not answer, in milliseconds. */
const TIMEOUT_MS = 5_000;
const MOST_BYTES = 16 * 1024;

/**
 * What `git config --global` says of the user (GST-5). git is asked when its files have changed, so that a create starts no process; without
 * git, or where it fails, the user has no identity.
 */
export class HostGitIdentity {
  readonly #env: NodeJS.ProcessEnv;
  #known: { readonly files: string; readonly identity: Promise<GitIdentity> } | null = null;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  async load(): Promise<GitIdentity> {
    const files = await this.#fileStates();
    if (this.#known?.files !== files) this.#known = { files, identity: this.#ask() };
    return this.#known.identity;
  }

  async #ask(): Promise<GitIdentity> {
    const git = await findOnPath("git", (this.#env.PATH ?? "").split(path.delimiter));
    if (git === null) return { name: null, email: null };
    const [name, email] = await Promise.all([this.#value(git, "user.name"), this.#value(git, "user.email")]);
    return { name, email };
  }

  #value(git: string, key: string): Promise<string | null> {
    const { HOME = os.homedir(), PATH, XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL } = this.#env;
    // Nothing of the daemon's own, and no repository that its directory may lie in.
    const env = {
      HOME,
      PATH,
      XDG_CONFIG_HOME,
      GIT_CONFIG_GLOBAL,
      GIT_CONFIG_NOSYSTEM: "1",
      LC_ALL: "C.UTF-8",
    };
    const options = { timeout: TIMEOUT_MS, maxBuffer: MOST_BYTES, cwd: "/", env } as const;
    return new Promise((resolve) => {
      execFile(git, ["config", "--global", "--null", "--get", key], options, (error, stdout) => {
        const value = stdout.replace(/\0$/, "");
        resolve(error !== null || value === "" || value.includes("\0") ? null : value);
      });
    });
  }

  /** Which files git would read, and when they were changed last: `--global` follows no includes. */
  async #fileStates(): Promise<string> {
    const { HOME = os.homedir(), XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL } = this.#env;
    const files = GIT_CONFIG_GLOBAL
      ? [GIT_CONFIG_GLOBAL]
      : [
          path.join(XDG_CONFIG_HOME || path.join(HOME, ".config"), "git/config"),
          path.join(HOME, ".gitconfig"),
        ];
    const states = await Promise.all(
      files.map((file) =>
        stat(file, { bigint: true }).then(
          ({ dev, ino, size, mtimeNs, ctimeNs }) => `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`,
          () => "none",
        ),
      ),
    );
    return states.join(" ");
  }
}

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** A real repository in a directory of its own, driven by the real git with no configuration but its own. */
export class TestRepository {
  readonly parent: string;
  readonly top: string;

  constructor(name = "repo", parent?: string) {
    this.parent = parent ?? mkdtempSync(path.join(os.tmpdir(), "banger-git-"));
    this.top = path.join(this.parent, name);
    mkdirSync(this.top, { recursive: true });
    mkdirSync(this.home, { recursive: true });
    this.git("init", "-q", "-b", "main");
    this.git("config", "user.name", "Tester");
    this.git("config", "user.email", "tester@example.org");
  }

  /** A home without a configuration. */
  get home(): string {
    return path.join(this.parent, "home");
  }

  get env(): NodeJS.ProcessEnv {
    const when = "2026-01-01T00:00:00Z";
    const dates = { GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when };
    return { PATH: process.env.PATH, HOME: this.home, LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1", ...dates };
  }

  git(...args: string[]): string {
    return this.raw(...args)
      .toString("utf8")
      .trimEnd();
  }

  raw(...args: string[]): Buffer {
    return execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
      cwd: this.top,
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 ** 2,
    });
  }

  /** Writes a file, with its directories; `name` may be bytes. */
  write(name: string | Buffer, content: string | Buffer = String(name), mode = 0o644): void {
    const file = this.at(name);
    const directory = file.subarray(0, file.lastIndexOf("/"));
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  }

  link(name: string, target: string): void {
    symlinkSync(target, this.at(name));
  }

  remove(name: string | Buffer): void {
    rmSync(this.at(name), { recursive: true });
  }

  /** Commits everything; gives the commit's id. */
  commit(message = "a commit"): string {
    this.git("add", "-A");
    this.git("commit", "-q", "--allow-empty", "-m", message);
    return this.git("rev-parse", "HEAD");
  }

  at(name: string | Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.top}/`), Buffer.from(name as string)]);
  }

  dispose(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}

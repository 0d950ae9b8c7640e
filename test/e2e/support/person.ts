import { readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type Finished, Running } from "./run.ts";

/**
 * Runs programs as a person with a home directory of the test's own would. ssh takes a user's home from passwd(5), not from HOME: so they run
 * in a mount namespace in which /etc/passwd says the test's. Nothing tells them of a sandbox, whose network they are not in either.
 */
export class Person {
  readonly #home: string;
  readonly #passwd: string;

  private constructor(home: string) {
    this.#home = home;
    this.#passwd = `${home}.passwd`;
  }

  static async at(home: string): Promise<Person> {
    const person = new Person(home);
    const ofUser = new RegExp(`^(${os.userInfo().username}:(?:[^:]*:){4})[^:]*(:.*)$`, "gm");
    const passwd = await readFile("/etc/passwd", "utf8");
    await writeFile(
      person.#passwd,
      passwd.replaceAll(ofUser, (_, before, after) => before + home + after),
    );
    return person;
  }

  start(program: string, args: readonly string[], input: Buffer | string = ""): Running {
    const script = 'mount --bind "$0" /etc/passwd && exec "$@"';
    const words = ["--mount", "sh", "-c", script, this.#passwd, program, ...args];
    const env = { PATH: process.env.PATH, HOME: this.#home, LANG: "C.UTF-8", GIT_CONFIG_NOSYSTEM: "1" };
    return new Running("unshare", words, { env, cwd: path.resolve(this.#home), input });
  }

  run(program: string, args: readonly string[], input: Buffer | string = ""): Promise<Finished> {
    return this.start(program, args, input).finished;
  }

  /** Expects status 0; the output. */
  async ok(program: string, ...args: string[]): Promise<string> {
    const done = await this.run(program, args);
    if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.status}: ${done.stderr}`);
    return done.stdout.toString();
  }
}

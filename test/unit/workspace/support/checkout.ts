import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Applied, applyExport } from "../../../../src/workspace/apply/apply.ts";
import type { ConfigData } from "../../../../src/workspace/config-data.ts";
import { type Export, receiveExport } from "../../../../src/workspace/export/receive.ts";
import { Git } from "../../../../src/workspace/git.ts";
import { openRepository } from "../../../../src/workspace/repository.ts";
import { sh } from "./harness.ts";

const OID = "1".repeat(40);

/**
 * A host's checkout, `host`, beside a directory `outside` that nothing may write to, and a `guest` with the same commit. The checkout has
 * a link that leads outside, and in its git directory a hook and settings that would each leave a mark.
 */
export class Checkout {
  readonly home: string;
  readonly host: string;
  readonly guest: string;
  #patches = 0;

  private constructor(home: string) {
    this.home = home;
    this.host = path.join(home, "host");
    this.guest = path.join(home, "guest");
  }

  static async make(): Promise<Checkout> {
    const checkout = new Checkout(mkdtempSync(path.join(tmpdir(), "banger-apply-")));
    await sh(
      checkout.home,
      `mkdir outside host && printf 'untouched\\n' > outside/victim && cd host && git init -q .
       git config user.name n && git config user.email e@x
       printf '1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9\\n' > numbers; printf 'a\\n' > a; mkdir dir; printf 'x\\n' > dir/x; ln -s ../outside link
       git add -A && git commit -qm base && cd .. && cp -R host guest`,
    );
    return checkout;
  }

  inHost(script: string): Promise<string> {
    return sh(this.host, script);
  }

  inGuest(script: string): Promise<string> {
    return sh(this.guest, script);
  }

  /** What a guest's export says if its patch is this one, in pieces of a few bytes. */
  receive(patch: string): Promise<Export> {
    const bytes = Buffer.from(`banger-export 1\nbase ${OID}\ntree ${OID}\npatch\n${patch}`, "latin1");
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    }
    this.#patches += 1;
    return receiveExport(pieces(), path.join(this.home, `patch-${this.#patches}`));
  }

  async apply(
    made: Export,
    options: {
      conflicts?: boolean;
      signal?: AbortSignal;
      at?: string;
      userSettings?: ConfigData;
      /** In the place of git. */
      program?: string;
    } = {},
  ): Promise<Applied> {
    const { conflicts = false, userSettings = new Map(), signal, program } = options;
    const git = new Git({ env: process.env, ...(program === undefined ? {} : { program }) });
    await using repository = await openRepository(git, options.at ?? this.host, { signal });
    return await applyExport(repository, made, { conflicts, userSettings, signal });
  }

  /** Everything that is there, in the checkout, its git directory and outside, but for loose objects. */
  snapshot(): Promise<string> {
    return sh(
      this.home,
      `find outside host ! -path '*/objects/*' -exec ls -ld --time-style=full-iso {} +
       find outside host -type f ! -path '*/objects/*' -exec sha1sum {} +`,
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.home, { recursive: true });
  }
}

/** The part of a patch that makes a file. */
export function newFile(
  name: string,
  options: { mode?: string; line?: string; plus?: string; quote?: boolean } = {},
): string {
  const side = (prefix: string) => (options.quote === true ? `"${prefix}/${name}"` : `${prefix}/${name}`);
  return [
    `diff --git ${side("a")} ${side("b")}`,
    `new file mode ${options.mode ?? "100644"}`,
    `index ${"0".repeat(40)}..${OID}`,
    "--- /dev/null",
    `+++ ${options.plus ?? `${side("b")}${name.includes(" ") ? "\t" : ""}`}`,
    "@@ -0,0 +1 @@",
    `+${options.line ?? "hostile"}`,
    ...(options.mode === "120000" ? ["\\ No newline at end of file"] : []),
    "",
  ].join("\n");
}

import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Export } from "../../../src/workspace/export/receive.ts";
import { runExport } from "../../../src/workspace/export/run.ts";
import { Checkout } from "./support/checkout.ts";
import { localCommand } from "./support/harness.ts";

let checkout: Checkout;
let made: Export;

beforeEach(async () => {
  checkout = await Checkout.make();
  await checkout.inGuest("printf 'more\\n' >> a; printf 'new\\n' > new; rm dir/x; ln -sf elsewhere link");
  const directory = checkout.guest;
  const file = path.join(checkout.home, "export");
  made = await runExport(localCommand, { vm: "web", directory, base: "HEAD", file });
});
afterEach(() => checkout[Symbol.dispose]());

const at = (name: string) => path.join(checkout.home, name);
const state = () =>
  checkout.inHost(
    "find . -path ./.git -prune -o ! -type d -print | sort; cat a; readlink link; git ls-files -s; ls .git | grep lock || :",
  );

/** A git that stops before or after its n-th call, and waits there to be told to go on, or killed. */
function stoppingGit(nth: number, when: "before" | "after"): string {
  const wait = `: > ${at("stopped")}; while [ ! -e ${at("go")} ]; do sleep 0.02; done`;
  writeFileSync(
    at("git"),
    `#!/bin/sh
n=$(cat ${at("calls")} 2>/dev/null || echo 0); n=$((n + 1)); echo $n > ${at("calls")}
[ $n = ${nth} ] || exec git "$@"
${when === "before" ? `${wait}; exec git "$@"` : `git "$@"; status=$?; ${wait}; exit $status`}
`,
    { mode: 0o755 },
  );
  for (const name of ["calls", "stopped", "go"]) rmSync(at(name), { force: true });
  return at("git");
}

/** Resolves with whether git was called so often. */
async function interruptAt(nth: number, when: "before" | "after"): Promise<"done" | "taken back" | null> {
  const abort = new AbortController();
  const program = stoppingGit(nth, when);
  let ended = false;
  const applied = checkout.apply(made, { program, signal: abort.signal }).then(
    () => "done" as const,
    (error: unknown) => {
      if (error !== abort.signal.reason) throw error;
      return "taken back" as const;
    },
  );
  const end = applied.finally(() => {
    ended = true;
  });
  end.catch(() => undefined);
  while (!existsSync(at("stopped")) && !ended) await sleep(5);
  if (!existsSync(at("stopped"))) return null;
  abort.abort(new Error("Ctrl-C"));
  writeFileSync(at("go"), "");
  return applied;
}

describe("a Ctrl-C while a patch is applied", { timeout: 300_000 }, () => {
  it.each(["before", "after"] as const)("leaves all of it or nothing: %s each call of git", async (when) => {
    const before = await state();
    await checkout.apply(made);
    const after = await state();
    const outcomes = new Set<string>();
    for (let nth = 1; ; nth += 1) {
      await checkout.inHost("git reset -q --hard; git clean -qfd");
      const outcome = await interruptAt(nth, when);
      if (outcome === null) break;
      outcomes.add(outcome);
      expect(await state(), `${when} call ${nth}`).toBe(outcome === "done" ? after : before);
    }
    expect([...outcomes].sort()).toEqual(["done", "taken back"]);
  });
});

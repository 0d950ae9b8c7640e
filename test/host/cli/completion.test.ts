import { existsSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationSummary } from "../../../src/rpc/contract.ts";
import { ENTRY, Program } from "./support/cli.ts";
import { FakeDaemon, VM } from "./support/daemon.ts";

const OPERATION: OperationSummary = {
  ...{ id: VM.id, kind: "vm.create", subject: "web", state: "running", stages: ["guest"] },
  ...{ startedAt: VM.createdAt, endedAt: null, error: null },
};

let daemon: FakeDaemon;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  daemon = await FakeDaemon.open({
    handlers: { "operation.list": async () => ({ operations: [OPERATION] }) },
  });
  daemon.vms.set(VM.id, VM);
  daemon.vms.set("other", { ...VM, name: "calm-heron", state: "stopped" });
  await writeFile(
    path.join(daemon.directory, "banger"),
    `#!/bin/sh\nexec ${process.execPath} -- ${ENTRY} "$@"\n`,
  );
  await chmod(path.join(daemon.directory, "banger"), 0o755);
  env = { ...daemon.env, PATH: `${daemon.directory}:${process.env.PATH}` };
});
afterAll(() => daemon[Symbol.asyncDispose]());

/** What a shell would offer for a line whose end is the cursor, without what is said about it. */
const SHELLS = {
  bash: (line: string) => [
    "-c",
    `source <(banger completion bash); COMP_LINE=$1 COMP_POINT=\${#1}; _banger; printf '%s\\n' "\${COMPREPLY[@]}"`,
    "bash",
    line,
  ],
  zsh: (line: string) => [
    "-fc",
    `compdef() { }; _files() { print -l -- *; }; _describe() { print -l -- \${(P)2}; }
     source <(banger completion zsh); words=("\${(@s: :)1}"); CURRENT=\${#words}; _banger`,
    "zsh",
    line,
  ],
  fish: (line: string) => ["-c", "banger completion fish | source; complete -C $argv[1]", line],
} as const;

const CASES: [string, string[]][] = [
  ["banger vm stop b", ["brave-otter"]],
  ["banger vm stop ", ["brave-otter", "calm-heron"]],
  ["banger vm stop brave-otter ", ["calm-heron"]],
  ["banger vm st", ["start", "stats", "stop"]],
  ["banger vm stats b", ["brave-otter"]],
  ["banger operation cancel ", ["0123456789ab"]],
  ["banger vm logs --tail ", ["all"]],
  ["banger im", ["image"]],
  ["banger vm run --system", ["--system-overlay-size"]],
  ["banger vm run --wait ", ["agent", "system"]],
  ["banger completion f", ["fish"]],
  ["banger frob ", []],
];

describe.each(["bash", "zsh", "fish"] as const)("completion in %s (CLI-1)", (shell) => {
  const there = (process.env.PATH ?? "")
    .split(":")
    .some((directory) => existsSync(path.join(directory, shell)));

  it.for(CASES)("%j", async ([line, expected], context) => {
    if (!there) context.skip(`there is no ${shell} here`);
    const done = await new Program(shell, SHELLS[shell](line), { env }).finished;
    expect(done.stderr).toBe("");
    const words = done.stdout
      .toString()
      .split("\n")
      .map((each) => each.split(/[\t:]/)[0]);
    expect(words.filter((word) => word !== "").sort()).toEqual(expected);
  });
});

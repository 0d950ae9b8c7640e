import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { runBulk } from "../../../src/cli/bulk.ts";
import type { ParsedArgs } from "../../../src/cli/command.ts";
import type { CliContext } from "../../../src/cli/context.ts";
import { styleFor } from "../../../src/cli/render/style.ts";
import type { BulkEntry } from "../../../src/rpc/contract.ts";

const entry = (name: string, code?: string): BulkEntry => ({
  ...{ ref: name, id: `id-of-${name}`, name },
  error: code === undefined ? null : { code, message: `${name}: ${code}` },
});

/** Work that is cancelled by Ctrl-C, and ends so. */
async function cancelled(results: BulkEntry[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const stream = (to: string[]) => ({
    write: (text: string, done?: () => void) => {
      to.push(text);
      done?.();
      return true;
    },
  });
  const signals = new EventEmitter();
  const ended = Promise.withResolvers<void>();
  const client = {
    call: async () => void ended.resolve(),
    async *watch() {
      await ended.promise;
      yield { type: "done", result: { results } };
    },
  };
  const context = {
    ...{ signals, stdout: stream(out), stderr: stream(err) },
    style: { stdout: styleFor(false), stderr: styleFor(false) },
    withDaemon: (work: (daemon: unknown) => unknown) => work(client),
  } as unknown as CliContext;
  const args = { flags: new Set() } as unknown as ParsedArgs;
  const running = runBulk(context, args, async () => ({ operationId: "1" }));
  signals.emit("SIGINT");
  await expect(running).rejects.toMatchObject({ status: 130 });
  return { out: out.join(""), err: err.join("").split("\n").slice(1) };
}

it.each([
  [[entry("a", "ERR_CANCELLED"), entry("b", "ERR_CANCELLED")], "", ["cancelled", ""]],
  [[entry("a"), entry("b", "ERR_CANCELLED")], "a\n", ["the others were cancelled", ""]],
  [
    [entry("a"), entry("b", "ERR_X")],
    "a\n",
    ["banger: b: ERR_X", "it was done before it could be cancelled", ""],
  ],
])("after Ctrl-C it is told what was done all the same: %j (VM-3, VM-5)", async (results, out, err) => {
  expect(await cancelled(results)).toEqual({ out, err });
});

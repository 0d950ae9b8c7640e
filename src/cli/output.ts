import type { Writable } from "node:stream";
import type { CliContext } from "./context.ts";
import { escapeUnsafe } from "./render/sanitize.ts";

/** Writes and waits until the bytes are out; rejects with the system's error (EPIPE: the reader has gone). */
export function writeAll(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

/** A command's own output. */
export function print(context: Pick<CliContext, "stdout">, text: string): Promise<void> {
  return writeAll(context.stdout, text);
}

export function printJson(context: Pick<CliContext, "stdout">, value: unknown): Promise<void> {
  return print(context, `${escapeUnsafe(JSON.stringify(value, null, 2))}\n`);
}

/** What is said beside the output. Nobody waits for it, and a closed stderr is no error. */
export function say(context: Pick<CliContext, "stderr">, text: string): void {
  context.stderr.write(`${text}\n`);
}

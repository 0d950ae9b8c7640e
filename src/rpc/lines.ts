import type { Readable } from "node:stream";

/** The lines of a stream of UTF-8 text, without their ends. A last line without one is none: it was cut short. */
export async function* lines(stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk as Buffer, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

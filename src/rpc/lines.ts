import type { Readable } from "node:stream";

/**
 * The lines of a stream of UTF-8 text, without their ends; leaving the loop destroys the stream. A last line without an end is none:
 * it was cut short. What fails the stream is thrown as what `failure` makes of it.
 */
export async function* lines(stream: Readable, failure: (cause: unknown) => Error): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  const chunks = stream[Symbol.asyncIterator]();
  try {
    for (let chunk = await chunks.next(); chunk.done !== true; chunk = await chunks.next()) {
      const parts = (rest + decoder.decode(chunk.value as Buffer, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      yield* parts;
    }
  } catch (cause) {
    throw failure(cause);
  } finally {
    stream.destroy();
  }
}

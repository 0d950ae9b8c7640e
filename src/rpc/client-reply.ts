import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { ErrorBody } from "../domain/operation.ts";
import { fromErrorBody } from "../shared/error-body.ts";
import type { BangerError } from "../shared/errors.ts";
import { isAbort } from "./client-abort.ts";
import { daemonStopping, isRefusal } from "./client-errors.ts";

/** The error of a connection that was lost. */
export type Lost = (cause?: unknown) => BangerError;

/** Waits for the reply's head; anything but 200 is the ErrorBody that it carries. */
export async function ready(stream: ClientHttp2Stream, lost: Lost): Promise<void> {
  const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    let failure: Error | undefined;
    stream.once("response", resolve);
    stream.once("error", (error) => {
      failure = error;
    });
    stream.once("close", () => {
      if (failure !== undefined && isAbort(failure)) return reject(failure);
      reject(isRefusal(failure, stream.rstCode) ? daemonStopping(failure) : lost(failure));
    });
  });
  if (Number(headers[":status"]) === 200) return;
  throw fromErrorBody(JSON.parse(await textOf(stream, lost)) as ErrorBody);
}

/** The whole body. */
export async function textOf(stream: ClientHttp2Stream, lost: Lost): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw isAbort(cause) ? cause : lost(cause);
  }
  if (stream.aborted || (stream.rstCode ?? 0) !== 0) throw lost();
  return Buffer.concat(chunks).toString("utf8");
}

import { z } from "zod";
import { BangerError } from "../../../shared/errors.ts";

/** Longest line that a VMM may send. An honest answer to what is asked here has a few hundred bytes. */
export const MAX_LINE_BYTES = 64 * 1024;

const greeting = z.object({
  QMP: z.object({
    version: z.object({ qemu: z.object({ major: z.number(), minor: z.number(), micro: z.number() }) }),
  }),
});
const success = z.object({ return: z.unknown(), id: z.number() }).refine((reply) => "return" in reply);
const failure = z.object({
  error: z.object({ class: z.string(), desc: z.string() }),
  id: z.number().optional(),
});
const event = z.object({
  event: z.string(),
  data: z.unknown().optional(),
  timestamp: z.object({ seconds: z.number(), microseconds: z.number() }),
});

export type QmpMessage =
  | { kind: "greeting"; version: string }
  | { kind: "return"; id: number; value: unknown }
  | { kind: "error"; id: number | null; class: string; description: string }
  | { kind: "event"; name: string };

/** One line of QMP, checked (VMM-3). ERR_QMP_PROTOCOL for anything that QMP does not say. */
export function parseQmpLine(line: string): QmpMessage {
  const json = parseJson(line);
  const returned = success.safeParse(json);
  if (returned.success) return { kind: "return", id: returned.data.id, value: returned.data.return };
  const failed = failure.safeParse(json);
  if (failed.success) {
    const { error, id } = failed.data;
    return { kind: "error", id: id ?? null, class: error.class, description: error.desc };
  }
  const happened = event.safeParse(json);
  if (happened.success) return { kind: "event", name: happened.data.event };
  const greeted = greeting.safeParse(json);
  if (!greeted.success) throw protocolError("a message of no known kind");
  const { major, minor, micro } = greeted.data.QMP.version.qemu;
  return { kind: "greeting", version: `${major}.${minor}.${micro}` };
}

export function protocolError(what: string): BangerError {
  return new BangerError("ERR_QMP_PROTOCOL", `QEMU sent ${what} on its control socket`);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw protocolError("a line that is not JSON");
  }
}

/** Splits a stream of bytes into lines of bounded length. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);
  readonly #maxBytes: number;

  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that these bytes complete, without their ends. ERR_QMP_PROTOCOL for a line beyond the bound. */
  push(bytes: Buffer): string[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const lines: string[] = [];
    let start = 0;
    for (let end = all.indexOf(0x0a); end >= 0; end = all.indexOf(0x0a, start)) {
      lines.push(all.toString("utf8", start, end).trimEnd());
      start = end + 1;
    }
    this.#rest = all.subarray(start);
    if (this.#rest.length > this.#maxBytes)
      throw protocolError(`a line of more than ${this.#maxBytes} bytes`);
    return lines.filter((line) => line !== "");
  }
}

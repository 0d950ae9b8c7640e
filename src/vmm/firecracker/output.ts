import { constants, open } from "node:fs";
import net from "node:net";
import { promisify } from "node:util";
import { withOwn } from "../shared/connect.ts";
import { type RuntimeFile, runtimeFile } from "./layout.ts";

/** A bare descriptor, which the socket then owns: a FileHandle would close it, too, when it is collected. */
const openDescriptor: (path: string, flags: number) => Promise<number> = promisify(open);

/**
 * The reading end of a FIFO that a Firecracker writes its guest's console, or its own log, to. It has its end when the process has; while
 * nobody reads, Firecracker drops what does not fit.
 */
export async function openOutput(runtime: string, file: RuntimeFile): Promise<net.Socket> {
  // O_NONBLOCK: an opener of a FIFO would wait for a writer that has ended.
  const fd = await withOwn(
    runtimeFile(runtime, file),
    (found) => found.isFIFO(),
    (place) => openDescriptor(place, constants.O_RDONLY | constants.O_NONBLOCK),
  );
  return new net.Socket({ fd, readable: true, writable: false });
}

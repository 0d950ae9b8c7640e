import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EagerSocket } from "../../../src/shared/eager-socket.ts";

const BULK = Buffer.alloc(2 ** 22, "x");

let directory: string;
let listener: net.Server;
let ours: EagerSocket;
/** Reads nothing until it is told to. */
let theirs: net.Socket;

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "bgr-eager-"));
  const taken = Promise.withResolvers<net.Socket>();
  listener = net.createServer({ pauseOnConnect: true }, taken.resolve);
  await new Promise<void>((resolve) => listener.listen(path.join(directory, "s"), resolve));
  ours = new EagerSocket(net.connect(path.join(directory, "s")));
  theirs = await taken.promise;
});
afterEach(() => {
  for (const socket of [ours, theirs]) socket.destroy();
  listener.close();
  rmSync(directory, { recursive: true });
});

it("has taken all, and its end, before the peer has read anything; and all of it arrives", async () => {
  await new Promise<void>((resolve) => ours.write(BULK, () => resolve()));
  await new Promise<void>((resolve) => ours.end(() => resolve()));
  ours.destroy();
  let bytes = 0;
  for await (const piece of theirs) bytes += (piece as Buffer).length;
  expect(bytes).toBe(BULK.length);
});

it("a write after its end fails, and is no error of the stream", async () => {
  const errors: unknown[] = [];
  ours.on("error", (error) => errors.push(error));
  ours.end();
  const failed = await new Promise((resolve) => ours.write("late", resolve));
  expect(failed).toMatchObject({ code: "EPIPE" });
  await new Promise((resolve) => setImmediate(resolve));
  expect([errors, ours.destroyed]).toEqual([[], false]);
});

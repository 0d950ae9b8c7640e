import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { BangerError } from "../../../../src/shared/errors.ts";
import { ExecSession } from "../../../../src/shared/exec/exec-session.ts";
import { exitStatus, startFailureStatus } from "../../../../src/shared/exec/exec-spec.ts";
import { encodeFrame, FrameDecoder, FrameType } from "../../../../src/shared/exec/frames.ts";

/** The other side of a session: what was sent to it, and a way to answer. */
class Guest extends Duplex {
  readonly received: { type: FrameType; payload: Buffer }[] = [];
  readonly #decoder = new FrameDecoder((type, payload) => this.received.push({ type, payload }));
  blocked: (() => void) | null = null;
  blocking = false;
  reading = true;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#decoder.push(chunk);
    if (this.blocking) this.blocked = done;
    else done();
  }

  override _read(): void {
    this.reading = true;
  }

  send(type: FrameType, payload: Buffer | object): void {
    this.reading = this.push(encodeFrame(type, payload));
  }
}

function session() {
  const guest = new Guest();
  return { guest, exec: new ExecSession(guest) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("START names everything, and what is not given is null", () => {
  const { guest, exec } = session();
  exec.start({ argv: ["true"] });
  expect(guest.received[0]?.type).toBe(FrameType.START);
  expect(JSON.parse(String(guest.received[0]?.payload))).toEqual({
    argv: ["true"],
    env: {},
    cwd: null,
    user: null,
    tty: null,
  });
});

test("outputs stay apart, and end with the command", async () => {
  const { guest, exec } = session();
  guest.send(FrameType.STARTED, { pid: 5 });
  guest.send(FrameType.STDOUT, Buffer.from("out"));
  guest.send(FrameType.STDERR, Buffer.from("err"));
  guest.send(FrameType.EXIT, { code: 7, signal: null });
  guest.push(null);
  expect(await exec.started).toEqual({ pid: 5 });
  expect(Buffer.concat(await exec.stdout.toArray()).toString()).toBe("out");
  expect(Buffer.concat(await exec.stderr.toArray()).toString()).toBe("err");
  expect(await exec.exit).toEqual({ code: 7, signal: null });
  expect(guest.writableEnded).toBe(true);
});

test("the end of stdin is an empty frame, and the stream stays open for signals", async () => {
  const { guest, exec } = session();
  exec.stdin.end("last words");
  await turn();
  exec.signal(15);
  exec.resize({ rows: 10, cols: 20 });
  await turn();
  expect(guest.received.map(({ type, payload }) => [type, payload.toString()])).toEqual([
    [FrameType.STDIN, "last words"],
    [FrameType.STDIN, ""],
    [FrameType.SIGNAL, '{"signal":15}'],
    [FrameType.RESIZE, '{"rows":10,"cols":20}'],
  ]);
  expect(guest.writableEnded).toBe(false);
});

test("stdin waits for the stream", async () => {
  const { guest, exec } = session();
  guest.blocking = true;
  let taken = false;
  exec.stdin.write(Buffer.alloc(200_000), () => {
    taken = true;
  });
  await turn();
  expect(taken).toBe(false);
  guest.blocking = false;
  guest.blocked?.();
  await turn();
  await turn();
  expect(taken).toBe(true);
});

test("an output that nobody reads stops the stream, reading it lets it go on", async () => {
  const { guest, exec } = session();
  exec.stderr.resume();
  for (let count = 0; count < 4; count += 1) guest.send(FrameType.STDOUT, Buffer.alloc(64 * 1024, count));
  await turn();
  expect(guest.isPaused()).toBe(true);
  let bytes = 0;
  exec.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  guest.send(FrameType.EXIT, { code: 0, signal: null });
  await exec.exit;
  await turn();
  expect(bytes).toBe(4 * 64 * 1024);
});

test("a command that cannot start rejects with the agent's code", async () => {
  const { guest, exec } = session();
  guest.send(FrameType.ERROR, { code: "ERR_EXEC_NOT_FOUND", message: "nope: not found" });
  await expect(exec.started).rejects.toMatchObject({
    code: "ERR_EXEC_NOT_FOUND",
    message: "nope: not found",
  });
  await expect(exec.exit).rejects.toMatchObject({ code: "ERR_EXEC_NOT_FOUND" });
});

test("a stream that ends before EXIT is a lost command; a reason it gives is kept", async () => {
  const ended = session();
  ended.guest.push(null);
  await expect(ended.exec.exit).rejects.toMatchObject({ code: "ERR_EXEC_LOST" });
  const broken = session();
  broken.guest.destroy(new BangerError("ERR_GUEST_LOST", "gone"));
  await expect(broken.exec.exit).rejects.toMatchObject({ code: "ERR_GUEST_LOST" });
});

test("bytes that are no frames end the session", async () => {
  const { guest, exec } = session();
  guest.push(Buffer.from([0x99, 0, 0, 0, 0]));
  await expect(exec.exit).rejects.toMatchObject({ code: "ERR_EXEC_PROTOCOL" });
  expect(guest.destroyed).toBe(true);
  const told = { code: "ERR_EXEC_PROTOCOL", next: expect.stringContaining("restart the VM") };
  for (const bytes of [
    [FrameType.EXIT, 0, 0, 0, 1, 0x7b],
    [FrameType.STDIN, 0, 0, 0, 0],
  ]) {
    const odd = session();
    odd.guest.push(Buffer.from(bytes));
    await expect(odd.exec.exit).rejects.toMatchObject(told);
  }
});

test("hangUp destroys the stream", async () => {
  const { guest, exec } = session();
  exec.hangUp();
  expect(guest.destroyed).toBe(true);
  await expect(exec.exit).rejects.toMatchObject({ code: "ERR_EXEC_LOST" });
});

test("exit statuses are a shell's", () => {
  expect(exitStatus({ code: 7, signal: null })).toBe(7);
  expect(exitStatus({ code: null, signal: 9 })).toBe(137);
  expect(startFailureStatus("ERR_EXEC_NOT_FOUND")).toBe(127);
  expect(startFailureStatus("ERR_EXEC_NOT_EXECUTABLE")).toBe(126);
  expect(startFailureStatus("ERR_EXEC_LOST")).toBeNull();
  expect(startFailureStatus("ERR_VM_NOT_FOUND")).toBeNull();
});

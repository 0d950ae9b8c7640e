import { Duplex } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { resetPipe, resetToken } from "../../../../src/guest/agent/reset-pipe.ts";

const BOOT_TOKEN = "00112233445566778899aabbccddeeff";

class Port extends Duplex {
  written = Buffer.alloc(0);

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written = Buffer.concat([this.written, chunk]);
    done();
  }

  override _read(): void {}
}

test("the token is the prefix and the secret's bytes", () => {
  const token = resetToken(BOOT_TOKEN);
  expect(token).toHaveLength(32);
  expect(token.subarray(0, 16).toString()).toBe("banger-reset-v1:");
  expect(token.subarray(16).toString("hex")).toBe(BOOT_TOKEN);
  expect(() => resetToken("short")).toThrow(expect.objectContaining({ code: "ERR_AGENT_BAD_TOKEN" }));
});

test("everything before the answer is dropped, everything after it is kept, however it is cut", async () => {
  const token = resetToken(BOOT_TOKEN);
  const noise = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(noise, noise, fc.nat(40), fc.nat(40), async (before, after, first, second) => {
      const port = new Port();
      const done = resetPipe(port, BOOT_TOKEN);
      // A piece of the token right before the token is what a reconnect in the middle of a handshake leaves.
      const bytes = Buffer.concat([before, token.subarray(0, first % 32), token, after]);
      const cuts = [0, Math.min(first, bytes.length), Math.min(first + second, bytes.length), bytes.length];
      for (const [index, end] of cuts.slice(1).entries()) port.push(bytes.subarray(cuts[index], end));
      await done;
      expect(port.written).toEqual(token);
      port.push(null);
      expect(Buffer.concat(await port.toArray())).toEqual(after);
    }),
  );
});

test("a pipe that ends first is a lost agent", async () => {
  const port = new Port();
  const done = resetPipe(port, BOOT_TOKEN);
  port.push(Buffer.from("banger-reset-v1:"));
  port.push(null);
  await expect(done).rejects.toMatchObject({ code: "ERR_AGENT_LOST" });
});

test("the signal ends the wait with its reason", async () => {
  const abort = new AbortController();
  const done = resetPipe(new Port(), BOOT_TOKEN, abort.signal);
  abort.abort(new Error("enough"));
  await expect(done).rejects.toThrow("enough");
});

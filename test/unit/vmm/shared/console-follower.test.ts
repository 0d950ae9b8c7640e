import { mkdtemp, readFile, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { connectOnce } from "../../../../src/vmm/shared/connect.ts";
import { ConsoleFollower } from "../../../../src/vmm/shared/console-follower.ts";

it("leaves no reader of a console behind when the VMM's own log cannot be followed (VMM-2)", async () => {
  const runtime = await mkdtemp(path.join(tmpdir(), "follow-"));
  const address = path.join(runtime, "console.sock");
  const readers: net.Socket[] = [];
  const server = net.createServer((socket) => readers.push(socket.on("error", () => undefined).resume()));
  await new Promise<void>((resolve) => server.listen(address, resolve));
  let fails = true;
  const follower = new ConsoleFollower({
    logger: silentLogger,
    sources: {
      console: () => connectOnce(address),
      async ownLog() {
        if (fails) throw new Error("no such FIFO");
        return connectOnce(address);
      },
    },
  });
  const machine = {
    runtime,
    consoleLog: path.join(runtime, "console.log"),
    vmmLog: path.join(runtime, "vmm.log"),
  };
  const { signal } = new AbortController();
  await expect(follower.followNew(machine, signal)).rejects.toThrow("no such FIFO");
  await expect.poll(() => readers[0]?.readableEnded).toBe(true);
  fails = false;
  await follower.followNew(machine, signal);
  await expect.poll(() => readers.length).toBe(3);
  readers[1]?.write("hello");
  await expect.poll(() => readFile(machine.consoleLog, "utf8")).toBe("hello");
  let halts = 0;
  follower.follow(machine, () => {
    halts += 1;
  });
  expect(readers, "it is followed already").toHaveLength(3);
  readers[1]?.write("\nreboot: System");
  readers[1]?.write(" halted\n");
  await expect.poll(() => halts).toBe(1);
  // Whoever comes later is told as well.
  follower.follow(machine, () => {
    halts += 10;
  });
  expect(halts).toBe(11);
  for (const reader of readers) reader.destroy();
  await new Promise((resolve) => server.close(resolve));
  await rm(runtime, { recursive: true });
});

it("follows the next VMM once, though of the one before there was still something to write", async () => {
  const runtime = await mkdtemp(path.join(tmpdir(), "follow-"));
  const address = path.join(runtime, "console.sock");
  const readers: net.Socket[] = [];
  const server = net.createServer((socket) => readers.push(socket.on("error", () => undefined).resume()));
  await new Promise<void>((resolve) => server.listen(address, resolve));
  const follower = new ConsoleFollower({
    logger: silentLogger,
    sources: { console: () => connectOnce(address) },
  });
  const machine = { runtime, consoleLog: path.join(runtime, "console.log") };
  const { signal } = new AbortController();
  for (let count = 1; count <= 2; count += 1) {
    await follower.followNew(machine, signal);
    await expect.poll(() => readers.length).toBe(count);
  }
  readers[0]?.end("the last words of the first\n");
  await expect.poll(() => readFile(machine.consoleLog, "utf8")).toContain("first");
  await expect.poll(() => readers[0]?.closed).toBe(true);
  let halts = 0;
  follower.follow(machine, () => {
    halts += 1;
  });
  readers[1]?.write("reboot: System halted\n");
  await expect.poll(() => halts, { message: "it is the second that is followed" }).toBe(1);
  expect(readers).toHaveLength(2);
  for (const reader of readers) reader.destroy();
  await new Promise((resolve) => server.close(resolve));
  await rm(runtime, { recursive: true });
});

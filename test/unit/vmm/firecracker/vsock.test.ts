import { mkdtemp, readdir, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runtimeFile } from "../../../../src/vmm/firecracker/layout.ts";
import { connectAgentPort } from "../../../../src/vmm/firecracker/vsock.ts";

let runtime: string;
let server: net.Server;
let asked: string[];

/** Firecracker's side of its vsock socket: `answer` sees each line that a connection begins with. */
async function vsock(answer: (socket: net.Socket, attempt: number) => void): Promise<void> {
  asked = [];
  server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (line) => {
      asked.push(line.toString());
      answer(socket, asked.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(runtimeFile(runtime, "vsock"), resolve));
}

/** What the guest's agent does when it listens. */
const ring = () => net.connect(runtimeFile(runtime, "bell")).on("error", () => undefined);
/** What comes first out of a connection, which is handed over paused. */
async function firstBytes(pipe: net.Socket): Promise<string> {
  for await (const bytes of pipe) return String(bytes);
  return "";
}
const never = () => new AbortController().signal;

beforeEach(async () => {
  runtime = await mkdtemp(path.join(tmpdir(), "fc-vsock-"));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(runtime, { recursive: true });
});

describe("connectAgentPort", () => {
  it("asks for the agent's port and loses nothing that comes with the answer", async () => {
    await vsock((socket) => socket.write("OK 1073741824\nfirst"));
    const pipe = await connectAgentPort(runtime, never());
    const bytes = await firstBytes(pipe);
    expect([asked, bytes]).toEqual([["CONNECT 1024\n"], "first"]);
    pipe.destroy();
    expect(await readdir(runtime), "the bell was taken down").toEqual(["vsock"]);
  });

  it("is not driven by a guest that rings without end", async () => {
    const tries = 60;
    let began = 0;
    await vsock((socket, attempt) => {
      if (attempt === 1) began = performance.now();
      if (attempt > tries) return void socket.write("OK 1\n");
      socket.destroy();
      ring();
    });
    const pipe = await connectAgentPort(runtime, never());
    const took = performance.now() - began;
    pipe.destroy();
    // Were each ring answered at once, it would take a fifth of this, and all of a CPU; a slow machine takes longer.
    expect(took).toBeGreaterThan(tries * 4);
  });

  it("takes an answer in pieces", async () => {
    await vsock((socket) => {
      socket.write("OK 10");
      setTimeout(() => socket.write("24\nx"), 20);
    });
    const pipe = await connectAgentPort(runtime, never());
    expect(await firstBytes(pipe)).toBe("x");
    pipe.destroy();
  });

  it("tries again while the guest refuses, with and without its bell", async () => {
    await vsock((socket, attempt) => {
      if (attempt === 3) socket.write("OK 1\n");
      else socket.destroy();
      if (attempt === 1) ring();
    });
    (await connectAgentPort(runtime, never())).destroy();
    expect(asked).toHaveLength(3);
  });

  it.each(["OK\n", "OK x\n", "NO 1\n", "\n", "x".repeat(100)])(
    "drops a connection that answers %j",
    async (text) => {
      const closed = Promise.withResolvers<void>();
      await vsock((socket, attempt) => {
        if (attempt > 1) return socket.write("OK 1\n");
        socket.on("close", () => closed.resolve());
        socket.write(text);
      });
      (await connectAgentPort(runtime, never())).destroy();
      await closed.promise;
    },
  );

  it("gives up on the signal: before the VMM, without an answer, and between two tries", async () => {
    await vsock((socket, attempt) => {
      if (attempt > 1) socket.destroy();
    });
    for (const wait of [0, 30, 80]) {
      const abort = new AbortController();
      const connecting = connectAgentPort(runtime, abort.signal);
      setTimeout(() => abort.abort(new Error("the VMM ended")), wait);
      await expect(connecting).rejects.toThrow("the VMM ended");
    }
    expect(await readdir(runtime)).toEqual(["vsock"]);
  });
});

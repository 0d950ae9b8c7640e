import { spawn } from "node:child_process";
import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentClient, connectAgent } from "../../../src/guest/agent/agent-client.ts";
import { resetPipe, resetToken } from "../../../src/guest/agent/reset-pipe.ts";
import { ExecSession } from "../../../src/shared/exec/exec-session.ts";
import { BOOT_TOKEN, gone, HostAgent, sh, waitFor } from "./harness.ts";

let agent: HostAgent;
let client: AgentClient;

beforeAll(async () => {
  agent = await HostAgent.start();
  client = await agent.connect();
});
afterAll(() => agent[Symbol.asyncDispose]());

/** A request as no AgentClient would make it. */
async function raw(method: string, path: string, body: string): Promise<{ status: number; body: unknown }> {
  const session = http2.connect("http://agent", { createConnection: () => net.connect(agent.socketPath) });
  const stream = session.request({ ":method": method, ":path": path }, { endStream: false });
  stream.end(body);
  const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & { ":status": number }];
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  session.destroy();
  return { status: headers[":status"], body: text === "" ? null : JSON.parse(text) };
}

/** What a client speaks through when the socket is to outlive it, or to be half closed: HTTP/2 takes a socket over whole. */
function ownPipe(socket: net.Socket): { end: Duplex; leave: () => void } {
  const end = new Duplex({
    read: () => undefined,
    // A client that ends says so, also where the socket takes nothing more.
    write: (chunk, _encoding, done) => (socket.writableEnded ? done() : void socket.write(chunk, done)),
  });
  const forward = (chunk: Buffer) => void end.push(chunk);
  socket.on("data", forward);
  socket.resume();
  return { end, leave: () => void socket.off("data", forward) };
}

/** Lets the agent find what `write` sends and the end of file behind it together. */
async function readAtOnce(socket: net.Socket, write: () => Promise<void>): Promise<void> {
  agent.process.kill("SIGSTOP");
  await write();
  await new Promise<void>((resolve) => void socket.end(resolve));
  agent.process.kill("SIGCONT");
}

test("health", async () => {
  expect(await client.health()).toMatchObject({
    protocol: 1,
    bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    init: "none",
  });
});

test("sync", async () => {
  await client.sync();
});

test("what would change this machine is refused outside a guest", async () => {
  await expect(client.setClock()).rejects.toMatchObject({ code: "ERR_AGENT_NOT_A_GUEST" });
  await expect(client.shutdown()).rejects.toMatchObject({ code: "ERR_AGENT_NOT_A_GUEST" });
});

test("bad requests get a status and a code", async () => {
  expect(await raw("GET", "/nothing", "")).toMatchObject({
    status: 404,
    body: { code: "ERR_AGENT_NOT_FOUND" },
  });
  expect(await raw("POST", "/healthz", "")).toMatchObject({ status: 405 });
  expect(await raw("POST", "/shutdown", "{")).toMatchObject({
    status: 400,
    body: { code: "ERR_AGENT_BAD_REQUEST" },
  });
  expect(await raw("POST", "/shutdown", "[]")).toMatchObject({ status: 400 });
  expect(await raw("POST", "/shutdown", "x".repeat(2 << 20))).toMatchObject({ status: 413 });
});

test("ports name the process that listens", async () => {
  const script =
    "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";
  const listener = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(listener.stdout, "data")) as [Buffer];
    const found = (await client.ports()).listeners.find(({ port }) => port === Number(line));
    expect(found).toMatchObject({ protocol: "tcp", address: "127.0.0.1", pid: listener.pid });
    expect(found?.command).toContain("createServer");
  } finally {
    listener.kill();
  }
});

test("an aborted call rejects with the signal's reason", async () => {
  await expect(client.health(AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
});

test("bytes that are no HTTP/2 end that connection and no other", async () => {
  const socket = net.connect(agent.socketPath);
  socket.end("GET / HTTP/1.1\r\n\r\n");
  socket.resume();
  await once(socket, "close");
  await client.health();
});

test("a socket that nobody listens on is a lost agent", async () => {
  const connecting = connectAgent({ socketPath: `${agent.socketPath}.none`, bootToken: null });
  await expect(connecting).rejects.toMatchObject({ code: "ERR_AGENT_LOST" });
});

test("on a port the session begins with the reset token, whatever came before it", async () => {
  const socket = net.connect(agent.portPath);
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nhalf a frame of somebody else");
  await resetPipe(socket, BOOT_TOKEN);
  const first = new AgentClient(socket, () => 0n);
  await first.health();
  first.close();
});

test("a new client on the same pipe ends the old one's session, and its commands", async () => {
  const socket = net.connect(agent.portPath);
  await resetPipe(socket, BOOT_TOKEN);
  const old = ownPipe(socket);
  const first = new AgentClient(old.end, () => 0n);
  const exec = new ExecSession(first.openExec());
  exec.start({ argv: ["sh", "-c", "echo $$; while :; do echo noise; done"] });
  exec.stderr.resume();
  const pid = Number((await waitFor(exec, "\n")).split("\n")[0]);
  old.leave();
  // In the middle of a frame, as when the daemon was killed.
  socket.write(Buffer.from([0, 1, 0, 0, 0]));
  await resetPipe(socket, BOOT_TOKEN);
  const second = new AgentClient(socket, () => 0n);
  expect((await sh(second, "echo again")).stdout.toString()).toBe("again\n");
  await gone(pid);
  first.close();
  second.close();
});

test("an end of file that is told late, after the next client's first bytes, ends nothing", async () => {
  const socket = net.connect({ path: agent.portPath, allowHalfOpen: true });
  await once(socket, "connect");
  const answer = once(socket, "data");
  await readAtOnce(socket, async () => void socket.write(resetToken(BOOT_TOKEN)));
  expect(await answer).toEqual([resetToken(BOOT_TOKEN)]);
  socket.destroy();
});

test("an end of file in the middle of a session is not at once its end", async () => {
  const socket = net.connect({ path: agent.portPath, allowHalfOpen: true });
  await resetPipe(socket, BOOT_TOKEN);
  const pipe = ownPipe(socket);
  const session = http2.connect("http://agent", { createConnection: () => pipe.end });
  // Behind its answer nothing is on its way any more: what is written next is the request.
  await new Promise<void>((resolve) => void session.ping(() => resolve()));
  let answer: Promise<unknown[]> | null = null;
  await readAtOnce(socket, async () => {
    const before = socket.bytesWritten;
    answer = once(session.request({ ":method": "GET", ":path": "/healthz" }), "response");
    while (socket.bytesWritten === before) await sleep(1);
  });
  expect(await answer).toMatchObject([{ ":status": 200 }, 4, expect.anything()]);
  session.destroy();
  socket.destroy();
});

test("an end of file that stays hangs the session's commands up", async () => {
  const socket = net.connect(agent.portPath);
  await resetPipe(socket, BOOT_TOKEN);
  const alone = new AgentClient(socket, () => 0n);
  const exec = new ExecSession(alone.openExec());
  exec.exit.catch(() => undefined);
  exec.start({ argv: ["sleep", "600"] });
  const { pid } = await exec.started;
  alone.close();
  await gone(pid);
});

test("a wrong token is not answered", async () => {
  const socket = net.connect(agent.portPath);
  socket.write(resetToken("f".repeat(32)));
  socket.write(resetToken(BOOT_TOKEN));
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer).toEqual(resetToken(BOOT_TOKEN));
  socket.destroy();
});

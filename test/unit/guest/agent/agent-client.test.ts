import http2, { type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { duplexPair } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { type AgentClient, connectAgent } from "../../../../src/guest/agent/agent-client.ts";

type Answer = (stream: ServerHttp2Stream) => void;

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** An agent that answers every request in its own way. */
async function agentThat(answer: Answer): Promise<AgentClient> {
  const [ours, theirs] = duplexPair();
  const server = http2.createServer();
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => sessions.push(session.on("error", () => undefined)));
  server.on("stream", (stream: ServerHttp2Stream) => {
    stream.on("error", () => undefined);
    answer(stream);
  });
  server.emit("connection", theirs);
  const client = await connectAgent({ duplex: ours, bootToken: null });
  open.push({
    close() {
      client.close();
      for (const session of sessions) session.destroy();
    },
  });
  return client;
}

const reply =
  (body: string, status = 200): Answer =>
  (stream) => {
    stream.respond({ ":status": status });
    stream.end(body);
  };

const HEALTH = {
  ...{ protocol: 1, build: { version: "1", commit: "c", time: "" }, bootId: "b", uptimeSeconds: 1 },
  init: "running",
};
const BAD = { code: "ERR_AGENT_BAD_REPLY", next: expect.stringMatching(/restart the VM/) };

describe("an agent in whose place something else answers (GST-1)", () => {
  it.each([
    ["no JSON", reply("<html>")],
    ["nothing", reply("")],
    ["JSON of another kind", reply(JSON.stringify({ ...HEALTH, init: "dancing" }))],
    ["very deep JSON", reply("[".repeat(500_000))],
    ["an error that is none", reply("{}", 500)],
    ["a code that is no code", reply(JSON.stringify({ code: "ERR_\u001b[2J", message: "" }), 400)],
    ["more than anybody asked for", reply("x".repeat(2 ** 21))],
    [
      "bytes without an end",
      (stream) => {
        stream.respond({ ":status": 200 });
        const more = () => {
          while (!stream.destroyed && stream.write("y".repeat(65_536)));
        };
        stream.on("drain", more);
        more();
      },
    ],
  ] as [string, Answer][])("is told so, and what helps: %s", async (_, answer) => {
    const agent = await agentThat(answer);
    await expect(agent.health()).rejects.toMatchObject(BAD);
  });

  it("cannot fill a terminal with the message of an error", async () => {
    const agent = await agentThat(
      reply(JSON.stringify({ code: "ERR_MINE", message: "m".repeat(900_000) }), 409),
    );
    const error = await agent.ports().catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: "ERR_MINE", message: "m".repeat(1000) });
  });

  it("that hangs up in the midst of a reply, or says nothing, is lost, or waited for as long as the caller likes", async () => {
    const hangsUp = await agentThat((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("{");
      setImmediate(() => stream.session?.destroy());
    });
    await expect(hangsUp.health()).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_AGENT_(LOST|BAD_REPLY)$/),
    });
    const silent = await agentThat(() => undefined);
    const waiting = new AbortController();
    const asked = silent.health(waiting.signal);
    waiting.abort(new Error("long enough"));
    await expect(asked).rejects.toThrow("long enough");
  });

  it("of another protocol is told by its version", async () => {
    const agent = await agentThat(reply(JSON.stringify({ ...HEALTH, protocol: 2 })));
    await expect(agent.health()).rejects.toMatchObject({ code: "ERR_AGENT_PROTOCOL_VERSION" });
  });
});

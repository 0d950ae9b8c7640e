import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { QmpClient } from "../../../../../src/vmm/qemu/qmp/client.ts";
import { connectOnce } from "../../../../../src/vmm/shared/connect.ts";

const greeting = `{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": ""}, "capabilities": []}}\r\n`;

describe("QmpClient", () => {
  let directory: string;
  let server: net.Server;
  let peer: Promise<net.Socket>;
  let client: QmpClient;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "qmp-"));
    const address = path.join(directory, "s");
    server = net.createServer();
    peer = new Promise((resolve) => server.once("connection", resolve));
    await new Promise<void>((resolve) => server.listen(address, resolve));
    client = new QmpClient(await connectOnce(address));
  });

  afterEach(async () => {
    client.close();
    (await peer).destroy();
    server.close();
    await rm(directory, { recursive: true });
  });

  /** Answers each command by what the function says of it. */
  async function answer(reply: (command: { execute: string; id: number }) => string): Promise<void> {
    const socket = await peer;
    socket.on("data", (bytes) => {
      for (const line of bytes.toString().trim().split("\n")) socket.write(reply(JSON.parse(line)));
    });
    socket.write(greeting);
  }

  it("negotiates, then runs commands, passing events by", async () => {
    const asked: string[] = [];
    const event = `{"event": "STOP", "timestamp": {"seconds": 1, "microseconds": 1}}\n`;
    await answer(({ execute, id }) => {
      asked.push(execute);
      return `${event}{"return": {"status": "running"}, "id": ${id}}\n`;
    });
    await client.negotiate();
    expect(await client.execute("query-status")).toEqual({ status: "running" });
    expect(asked).toEqual(["qmp_capabilities", "query-status"]);
  });

  it("turns a refusal into ERR_QMP_COMMAND with its class, and goes on", async () => {
    await answer(({ execute, id }) =>
      execute === "nonsense"
        ? `{"error": {"class": "CommandNotFound", "desc": "no"}, "id": ${id}}\n`
        : `{"return": {}, "id": ${id}}\n`,
    );
    await client.negotiate();
    await expect(client.execute("nonsense")).rejects.toMatchObject({
      code: "ERR_QMP_COMMAND",
      details: { command: "nonsense", class: "CommandNotFound" },
    });
    expect(await client.execute("quit")).toEqual({});
  });

  it("fails all that wait when QEMU goes away", async () => {
    await answer(() => "");
    const waiting = client.execute("quit");
    (await peer).destroy();
    await expect(waiting).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_QMP_CLOSED$|^ECONNRESET$/),
    });
    await expect(client.execute("quit")).rejects.toBeDefined();
  });

  it("ends the session on a message that is not QMP, or that nobody asked for", async () => {
    (await peer).write(`{"return": {}, "id": 77}\n`);
    await expect(client.greeting()).rejects.toMatchObject({ code: "ERR_QMP_PROTOCOL" });
  });
});

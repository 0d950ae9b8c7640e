import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FirecrackerApi } from "../../../../../src/vmm/firecracker/api/client.ts";
import { connectOnce } from "../../../../../src/vmm/shared/connect.ts";

const RUNNING = { id: "x", app_name: "Firecracker", state: "Running", vmm_version: "1.16.1" };
let directory: string;
let server: net.Server;
let requests: string;
let last: net.Socket | undefined;
const patience = () => AbortSignal.timeout(10_000);

/** A server on the API's socket that answers every request with these bytes; null ends the connection. */
async function serve(...answers: (string | null)[]): Promise<FirecrackerApi> {
  const address = path.join(directory, "api.sock");
  requests = "";
  server = net.createServer((socket) => {
    last = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      requests += chunk;
      const answer = answers.shift();
      if (answer === null) socket.destroy();
      else if (answer !== undefined) socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(address, resolve));
  return new FirecrackerApi(await connectOnce(address));
}

function reply(status: string, body: string): string {
  const head = `HTTP/1.1 ${status}\r\nServer: Firecracker API\r\nConnection: keep-alive\r\n`;
  return `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "fc-api-"));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

describe("FirecrackerApi (VMM-3)", () => {
  it("asks what the instance is, and lets what a later version adds through", async () => {
    const api = await serve(reply("200 OK", JSON.stringify({ ...RUNNING, more: 1 })));
    expect(await api.instance(patience())).toEqual(RUNNING);
    expect(requests).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
    api.close();
  });

  it("presses Ctrl-Alt-Del, over the same connection", async () => {
    const api = await serve(
      reply("200 OK", JSON.stringify(RUNNING)),
      "HTTP/1.1 204 \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n\r\n",
    );
    await api.instance(patience());
    await api.sendCtrlAltDel(patience());
    expect(requests).toMatch(/PUT \/actions HTTP\/1\.1\r\n.*\r\n\r\n{"action_type":"SendCtrlAltDel"}$/s);
    api.close();
  });

  it("says what Firecracker refuses, and no more of it than a sentence", async () => {
    const api = await serve(reply("400 Bad Request", JSON.stringify({ fault_message: "x".repeat(5000) })));
    const refused = await api.sendCtrlAltDel(patience()).catch((error) => error);
    expect(refused).toMatchObject({
      code: "ERR_VMM_API",
      message: expect.stringContaining("PUT /actions"),
      next: expect.stringContaining("Firecracker"),
    });
    expect(refused.message.length).toBeLessThan(1100);
    api.close();
  });

  it.each([
    ["that is not JSON", reply("200 OK", "hello")],
    ["of another shape", reply("200 OK", '{"state":"Dancing"}')],
    [
      "with a body of more than 64 KiB",
      reply("200 OK", JSON.stringify({ ...RUNNING, id: "x".repeat(70_000) })),
    ],
    ["with headers of more than 8 KiB", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(9000)}\r\n\r\n`],
    ["that is not HTTP", "220 mail ready\r\n"],
    ["with an error of another shape", reply("500 Internal", "[]")],
  ])("takes no answer %s", async (_, answer) => {
    const api = await serve(answer);
    await expect(api.instance(patience())).rejects.toMatchObject({
      code: "ERR_VMM_API_PROTOCOL",
      next: expect.stringContaining("Firecracker"),
    });
    api.close();
  });

  it("tells a death in the middle, and before, from a bad answer", async () => {
    const api = await serve(null);
    await expect(api.instance(patience())).rejects.toMatchObject({ code: "ERR_VMM_API_CLOSED" });
    await expect(api.instance(patience())).rejects.toMatchObject({ code: "ERR_VMM_API_CLOSED" });
    api.close();
  });

  it.each(["HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])(
    "tells an end in the middle of %j from a bad answer",
    async (answer) => {
      const api = await serve(answer);
      const asked = api.instance(patience());
      setTimeout(() => last?.destroy(), 50);
      await expect(asked).rejects.toMatchObject({ code: "ERR_VMM_API_CLOSED" });
      api.close();
    },
  );

  it("gives up on the signal", async () => {
    const api = await serve();
    const abort = new AbortController();
    const asked = api.instance(abort.signal);
    abort.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    api.close();
  });
});

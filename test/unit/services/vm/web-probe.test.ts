import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type OpenConnection, probeWeb } from "../../../../src/services/vm/web-probe.ts";

let directory: string;
let identity: { key: string; cert: string };
const servers: { close(): unknown }[] = [];
const sockets = new Set<net.Socket>();

beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "web-probe-"));
  const [key, cert] = [path.join(directory, "key.pem"), path.join(directory, "cert.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test"];
  execFileSync("openssl", ["req", "-x509", ...curve, "-keyout", key, "-out", cert], { stdio: "ignore" });
  identity = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const socket of sockets) socket.destroy();
});
afterAll(() => rmSync(directory, { recursive: true }));

async function probe(server: net.Server): Promise<"http" | "https" | null> {
  servers.push(server);
  server.on("connection", (socket: net.Socket) => {
    socket.on("error", () => undefined);
    sockets.add(socket.once("close", () => sockets.delete(socket)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const opened: net.Socket[] = [];
  const open: OpenConnection = async () => {
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    opened.push(socket);
    return socket;
  };
  const found = await probeWeb(open, "web.vm", new AbortController().signal);
  // Nothing is left open on our side.
  while (opened.some(({ closed }) => !closed)) await new Promise((resolve) => setTimeout(resolve, 5));
  return found;
}

/** A plain server that does this with each connection. */
const plain = (handler: (socket: net.Socket) => void) => net.createServer(handler);

describe("which services are web servers (NET-5)", () => {
  it("https, with and without a protocol agreed on", async () => {
    expect(await probe(https.createServer(identity, (_, reply) => reply.end("hi")))).toBe("https");
    const speaks = (socket: tls.TLSSocket) =>
      void socket.on("error", () => undefined).end("HTTP/1.0 200 OK\r\n\r\n");
    expect(await probe(tls.createServer(identity, speaks))).toBe("https");
  });

  it("https that speaks HTTP/2 alone, or wants a certificate", async () => {
    expect(await probe(http2.createSecureServer(identity) as never)).toBe("https");
    const strict = { ...identity, requestCert: true, rejectUnauthorized: true };
    expect(await probe(https.createServer(strict, (_, reply) => reply.end("hi")))).toBe("https");
    const older = { ...strict, maxVersion: "TLSv1.2" } as const;
    expect(await probe(https.createServer(older, (_, reply) => reply.end("hi")))).toBe("https");
  });

  it("http, also of a server that waits for the end of a line, or serves one at a time", async () => {
    expect(await probe(http.createServer((_, reply) => reply.end("hi")))).toBe("http");
    const patient = plain((socket) => {
      let heard = "";
      socket.on("data", (chunk) => {
        heard += chunk.toString("latin1");
        if (heard.endsWith("\r\n\r\n")) socket.end("HTTP/1.0 200 OK\r\n\r\n");
      });
    });
    expect(await probe(patient)).toBe("http");
  });

  it.each<[string, () => net.Server]>([
    ["greets first", () => plain((socket) => void socket.write("220 mail ESMTP\r\n"))],
    ["says nothing", () => plain((socket) => void socket.resume())],
    ["closes at once", () => plain((socket) => void socket.end())],
    ["resets", () => plain((socket) => void socket.resetAndDestroy())],
    ["never ends", () => plain((socket) => flood(socket))],
    [
      "speaks TLS, but no HTTP",
      () =>
        tls.createServer(
          identity,
          (socket) => void socket.on("error", () => undefined).write("* OK IMAP\r\n"),
        ),
    ],
    ["has other protocols by TLS", () => tls.createServer({ ...identity, ALPNProtocols: ["imap"] })],
  ])("neither: one that %s", async (_, server) => {
    expect(await probe(server())).toBeNull();
  });

  it("neither, where there is no connection, or the time is over", async () => {
    const signal = new AbortController().signal;
    expect(await probeWeb(() => Promise.reject(new Error("refused")), "web.vm", signal)).toBeNull();
    expect(await probeWeb(() => new Promise(() => undefined), "web.vm", AbortSignal.abort())).toBeNull();
  });
});

function flood(socket: net.Socket): void {
  const more = () => {
    while (!socket.destroyed && socket.write(Buffer.alloc(65_536, "x"))) {}
  };
  socket.on("drain", more);
  more();
}

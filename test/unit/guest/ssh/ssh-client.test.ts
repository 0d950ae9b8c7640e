import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import ssh2, { type Connection, type Server, type Session } from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SshTarget } from "../../../../src/domain/ssh.ts";
import { generateEd25519, parsePrivateKey } from "../../../../src/guest/config/ssh-key.ts";
import { KnownHostsFile } from "../../../../src/guest/ssh/known-hosts.ts";
import { Ssh2Client } from "../../../../src/guest/ssh/ssh-client.ts";
import { ExecSession } from "../../../../src/shared/exec/exec-session.ts";

const hostKey = generateEd25519("host");
const userKey = generateEd25519("user");

let directory: string;
let server: Server;
let target: SshTarget;
/** What the server was told. */
let told: string[];
let onSession: (session: Session) => void;

/** A real SSH server on loopback: the guest's end is what a test makes of it. */
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "ssh-"));
  told = [];
  server = new ssh2.Server({ hostKeys: [hostKey] }, serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const knownHosts = new KnownHostsFile(path.join(directory, "known_hosts"));
  await knownHosts.pin(["web.vm", "127.0.0.1"], parsePrivateKey(hostKey, "host").publicKey);
  const identityFile = path.join(directory, "id");
  writeFileSync(identityFile, userKey, { mode: 0o600 });
  target = {
    name: "web",
    address: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    identityFile,
    knownHostsFile: knownHosts.file,
    hostKeyAlias: "web.vm",
  };
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

function serve(connection: Connection): void {
  connection.on("error", () => undefined);
  connection.on("authentication", (context) => {
    const isOurs =
      context.method === "publickey" &&
      context.username === "root" &&
      context.key.data.equals(publicSsh(userKey));
    if (isOurs) context.accept();
    else context.reject(["publickey"]);
  });
  connection.on("session", (accept) => onSession(accept()));
}

function publicSsh(privateKey: string): Buffer {
  return Buffer.from(parsePrivateKey(privateKey, "").publicKey.split(" ")[1] ?? "", "base64");
}

const open = async (user = "root") =>
  new ExecSession(await new Ssh2Client().open(target, user, AbortSignal.timeout(20_000)));

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe("our own SSH client", () => {
  it("runs a command: words joined, streams apart, status", async () => {
    onSession = (session) =>
      session.on("exec", (accept, _, { command }) => {
        told.push(command);
        const channel = accept();
        channel.stderr.write("err");
        channel.pipe(channel, { end: false });
        channel.once("end", () => {
          channel.exit(7);
          channel.end();
        });
      });
    const session = await open();
    session.start({ argv: ["echo", "a  b"] });
    session.stdin.end(Buffer.alloc(3_000_000, "x"));
    const [out, err, exit] = await Promise.all([text(session.stdout), text(session.stderr), session.exit]);
    expect(told).toEqual(["echo a  b"]);
    expect(out).toBe("x".repeat(3_000_000));
    expect(err).toBe("err");
    expect(exit).toEqual({ code: 7, signal: null });
  });

  it("gives a shell a terminal, its changes of size, and signals; tells by which signal it ended", async () => {
    onSession = (session) => {
      session.on("pty", (accept, _, { rows, cols }) => {
        told.push(`pty ${rows}x${cols}`);
        accept?.();
      });
      session.on("window-change", (_, __, { rows, cols }) => void told.push(`window ${rows}x${cols}`));
      session.on("shell", (accept) => {
        const channel = accept();
        session.on("signal", (_, __, { name }) => {
          told.push(`signal ${name}`);
          channel.exit("TERM");
          channel.end();
        });
        channel.write("ready");
      });
    };
    const session = await open();
    session.start({ argv: [], tty: { rows: 30, cols: 100, term: "xterm" } });
    session.resize({ rows: 25, cols: 80 });
    await session.started;
    session.signal(15);
    session.stdout.resume();
    session.stderr.resume();
    expect(await session.exit).toEqual({ code: null, signal: 15 });
    expect(told).toEqual(["pty 30x100", "window 25x80", "signal TERM"]);
  });

  it("hangs up when its own side goes", async () => {
    const closed = new Promise<void>((resolve) => {
      server.on("connection", (connection) => connection.once("close", resolve));
    });
    onSession = (session) => session.on("exec", (accept) => void accept());
    const session = await open();
    session.start({ argv: ["sleep"] });
    await session.started;
    session.hangUp();
    await closed;
    await expect(session.exit).rejects.toMatchObject({ code: "ERR_EXEC_LOST" });
  });

  it("tells a lost connection from a command that ended", async () => {
    onSession = (session) => session.on("exec", (accept) => void accept().destroy());
    const session = await open();
    session.start({ argv: ["true"] });
    session.stdout.resume();
    session.stderr.resume();
    await expect(session.exit).rejects.toMatchObject({ code: "ERR_EXEC_LOST" });
  });

  it("refuses another host key, and one that is not pinned, before it says who it is", async () => {
    const attempts: string[] = [];
    server.on("connection", (connection) =>
      connection.on("authentication", ({ method }) => void attempts.push(method)),
    );
    const hosts = new KnownHostsFile(target.knownHostsFile);
    await hosts.pin(["web.vm"], parsePrivateKey(generateEd25519("other"), "").publicKey);
    await expect(open()).rejects.toMatchObject({
      code: "ERR_SSH_HOST_KEY",
      message: expect.stringContaining("man in the middle"),
    });
    await hosts.unpin(["web.vm"]);
    await expect(open()).rejects.toMatchObject({ code: "ERR_SSH_HOST_KEY" });
    expect(attempts).toEqual([]);
  });

  it("tells a key that is refused from a server that is not there", async () => {
    await expect(open("nobody")).rejects.toMatchObject({ code: "ERR_SSH_REFUSED" });
    target = { ...target, port: 1 };
    await expect(open()).rejects.toMatchObject({ code: "ERR_SSH_FAILED" });
  });

  it("ends with its signal", async () => {
    const gone = AbortSignal.abort(new Error("gone"));
    await expect(new Ssh2Client().open(target, "root", gone)).rejects.toThrow("gone");
  });
});

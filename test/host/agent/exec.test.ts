import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentClient } from "../../../src/guest/agent/agent-client.ts";
import { ExecSession } from "../../../src/shared/exec/exec-session.ts";
import { gone, HostAgent, run, sh, waitFor } from "./harness.ts";

let agent: HostAgent;
let client: AgentClient;

beforeAll(async () => {
  agent = await HostAgent.start();
  client = await agent.connect();
});
afterAll(() => agent[Symbol.asyncDispose]());

test("streams apart, exit status, stdin", async () => {
  const result = await sh(client, "cat; echo err >&2; exit 7", {});
  expect(result).toMatchObject({ code: 7, signal: null, stderr: "err\n" });
  const echoed = await run(client, { argv: ["cat"] }, "in and out");
  expect(echoed).toMatchObject({ code: 0, stderr: "" });
  expect(echoed.stdout.toString()).toBe("in and out");
});

test("a signal's death is told as such", async () => {
  expect(await sh(client, "kill -9 $$")).toMatchObject({ code: null, signal: 9 });
});

test.each([
  [{ argv: ["no-such-program"] }, "ERR_EXEC_NOT_FOUND"],
  [{ argv: ["/no/such/program"] }, "ERR_EXEC_NOT_FOUND"],
  [{ argv: ["/etc/passwd"] }, "ERR_EXEC_NOT_EXECUTABLE"],
  [{ argv: ["/etc"] }, "ERR_EXEC_NOT_EXECUTABLE"],
  [{ argv: ["true"], user: "no-such-user" }, "ERR_EXEC_NO_USER"],
  [{ argv: ["true"], user: "root:no-such-group" }, "ERR_EXEC_NO_USER"],
  [{ argv: ["true"], cwd: "/no/such/directory" }, "ERR_EXEC_NO_CWD"],
  [{ argv: ["true"], cwd: "/etc/passwd" }, "ERR_EXEC_NO_CWD"],
  [{ argv: [""] }, "ERR_EXEC_BAD_REQUEST"],
  [{ argv: ["a\0b"] }, "ERR_EXEC_BAD_REQUEST"],
  [{ argv: ["true"], env: { "A=B": "" } }, "ERR_EXEC_BAD_REQUEST"],
])("%j is refused with %s, before STARTED", async (spec, code) => {
  const exec = new ExecSession(client.openExec());
  exec.start(spec);
  await expect(exec.started).rejects.toMatchObject({ code });
  await expect(exec.exit).rejects.toMatchObject({ code });
});

test("the environment is the default one with the client's over it", async () => {
  const { stdout } = await run(client, { argv: ["env"], env: { LANG: "C", EXTRA: "1 2" } });
  const lines = stdout.toString().trim().split("\n").sort();
  expect(lines).toEqual([
    "EXTRA=1 2",
    "HOME=/root",
    "LANG=C",
    "LOGNAME=root",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    expect.stringMatching(/^SHELL=\//),
    "USER=root",
  ]);
});

test("characters are UTF-8, unless the client says otherwise", async () => {
  const charmap = async (env?: Record<string, string>) =>
    (await run(client, { argv: ["locale", "charmap"], ...(env && { env }) })).stdout.toString().trim();
  expect(await charmap()).toBe("UTF-8");
  expect(await charmap({ LANG: "C" })).toBe("ANSI_X3.4-1968");
  expect(await charmap({ LC_ALL: "C" })).toBe("ANSI_X3.4-1968");
});

test("argv[0] is looked up in the command's own PATH", async () => {
  const result = run(client, { argv: ["true"], env: { PATH: "/nowhere" } });
  await expect(result).rejects.toMatchObject({ code: "ERR_EXEC_NOT_FOUND" });
});

test("cwd, user and groups", async () => {
  const text = async (spec: Parameters<typeof run>[1]) => (await run(client, spec)).stdout.toString().trim();
  expect(await text({ argv: ["pwd"] })).toBe("/root");
  expect(await text({ argv: ["pwd"], cwd: "/usr" })).toBe("/usr");
  const nobody = (await readFile("/etc/passwd", "utf8"))
    .split("\n")
    .find((line) => line.startsWith("nobody:"));
  const [, , uid, gid] = nobody?.split(":") ?? [];
  expect(await text({ argv: ["sh", "-c", "id -u; id -g"], user: "nobody", cwd: "/" })).toBe(`${uid}\n${gid}`);
  expect(await text({ argv: ["sh", "-c", "id -u; id -g; id -G"], user: "4242:4343", cwd: "/" })).toBe(
    "4242\n4343\n4343",
  );
  expect(await text({ argv: ["id", "-g"], user: "nobody:root", cwd: "/" })).toBe("0");
  expect(await text({ argv: ["sh", "-c", "echo $HOME $USER"], user: "nobody", cwd: "/" })).toMatch(/nobody$/);
});

test("a command inherits nothing of the agent but its streams", async () => {
  const { stdout } = await sh(
    client,
    "ls /proc/self/fd; cat /proc/self/oom_score_adj; grep -E '^Sig(Blk|Ign)' /proc/self/status",
  );
  // 3 is ls's own.
  expect(stdout.toString()).toBe("0\n1\n2\n3\n0\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
});

test("64 MiB through cat, both ways at once, come back byte for byte, and the agent stays small", async () => {
  const block = randomBytes(1 << 20);
  const sent = createHash("sha256");
  const received = createHash("sha256");
  const exec = new ExecSession(client.openExec());
  exec.start({ argv: ["cat"] });
  let bytes = 0;
  exec.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    received.update(chunk);
  });
  exec.stderr.resume();
  for (let count = 0; count < 64; count += 1) {
    block.writeUInt32BE(count, 0);
    const copy = Buffer.from(block);
    sent.update(copy);
    if (!exec.stdin.write(copy)) await new Promise((resolve) => exec.stdin.once("drain", resolve));
  }
  exec.stdin.end();
  expect(await exec.exit).toEqual({ code: 0, signal: null });
  expect(bytes).toBe(64 << 20);
  expect(received.digest("hex")).toBe(sent.digest("hex"));
  const status = await readFile(`/proc/${agent.process.pid}/status`, "utf8");
  expect(Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1])).toBeLessThan(16 * 1024);
});

test("stdin of a command that does not read it stops at the window and does not hold other commands", async () => {
  const stuck = new ExecSession(client.openExec());
  stuck.start({ argv: ["sleep", "600"] });
  stuck.stdin.write(Buffer.alloc(8 << 20));
  const { pid } = await stuck.started;
  const others = await Promise.all(Array.from({ length: 20 }, (_, index) => sh(client, `echo ${index}`)));
  expect(others.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 20 }, (_, index) => index));
  stuck.hangUp();
  await gone(pid);
});

test("a hundred commands at once lose nothing", async () => {
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, index) => sh(client, `echo ${index}; exit ${index}`)),
  );
  expect(results.map(({ stdout }) => Number(stdout))).toEqual(results.map((_, index) => index));
  expect(results.map(({ code }) => code)).toEqual(results.map((_, index) => index));
});

test("output that nobody reads stops the command, and all of it comes once it is read", async () => {
  const exec = new ExecSession(client.openExec());
  exec.start({ argv: ["sh", "-c", "head -c 8388608 /dev/zero; echo done >&2"] });
  await exec.started;
  expect((await sh(client, "sleep 0.3; echo free")).stdout.toString()).toBe("free\n");
  exec.stderr.resume();
  let bytes = 0;
  for await (const chunk of exec.stdout) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(8 << 20);
  expect(await exec.exit).toEqual({ code: 0, signal: null });
});

test("a background child that holds the outputs is not waited for", async () => {
  const { code, stdout } = await sh(client, "sleep 600 & echo $!; exit 3");
  expect(code).toBe(3);
  process.kill(Number(stdout));
});

test("output that is written after the exit but within reach still comes", async () => {
  const { stdout } = await sh(client, "(sleep 0.1; echo late) & echo early");
  expect(stdout.toString()).toBe("early\nlate\n");
});

test("signals reach the whole process group", async () => {
  const exec = new ExecSession(client.openExec());
  exec.start({ argv: ["sh", "-c", "trap 'echo got; exit 5' TERM; sleep 600 & echo ready; wait"] });
  exec.stderr.resume();
  await waitFor(exec, "ready");
  exec.signal(15);
  await waitFor(exec, "got");
  expect(await exec.exit).toEqual({ code: 5, signal: null });
});

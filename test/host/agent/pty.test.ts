import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentClient } from "../../../src/guest/agent/agent-client.ts";
import { ExecSession } from "../../../src/shared/exec/exec-session.ts";
import { gone, HostAgent, run, waitFor } from "./harness.ts";

let agent: HostAgent;
let client: AgentClient;

beforeAll(async () => {
  agent = await HostAgent.start();
  client = await agent.connect();
});
afterAll(() => agent[Symbol.asyncDispose]());

const tty = { rows: 30, cols: 99, term: "vt100" };

test("a terminal of the given size and type, controlling, on all three streams", async () => {
  const script =
    "stty size; echo $TERM; for fd in 0 1 2; do test -t $fd || echo not $fd; done; echo x > /dev/tty; echo err >&2";
  const { code, stdout, stderr } = await run(client, { argv: ["sh", "-c", script], tty });
  expect(code).toBe(0);
  expect(stdout.toString()).toBe("30 99\r\nvt100\r\nx\r\nerr\r\n");
  expect(stderr).toBe("");
});

test("a resize is seen and signalled", async () => {
  const exec = new ExecSession(client.openExec());
  exec.start({
    argv: ["sh", "-c", "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done"],
    tty,
  });
  exec.stderr.resume();
  await waitFor(exec, "ready");
  exec.resize({ rows: 50, cols: 132 });
  expect(await waitFor(exec, "132")).toContain("50 132");
  expect(await exec.exit).toEqual({ code: 0, signal: null });
});

test("Ctrl-C is the terminal's, and goes to the foreground", async () => {
  const exec = new ExecSession(client.openExec());
  exec.start({
    argv: ["sh", "-c", "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done"],
    tty,
  });
  exec.stderr.resume();
  await waitFor(exec, "ready");
  exec.stdin.write("\u0003");
  await waitFor(exec, "interrupted");
  expect(await exec.exit).toEqual({ code: 9, signal: null });
});

test("the end of stdin is the terminal's end-of-file character", async () => {
  const { code, stdout } = await run(client, { argv: ["cat"], tty }, "line\n");
  expect(code).toBe(0);
  expect(stdout.toString()).toContain("line\r\nline\r\n");
});

test("without argv it is the user's login shell", async () => {
  const { code, stdout } = await run(client, { argv: [], tty }, "echo name=$0; exit 4\n");
  expect(code).toBe(4);
  expect(stdout.toString()).toMatch(/name=-\w+/);
});

test("the terminal belongs to the user", async () => {
  const spec = { argv: ["sh", "-c", "test -O $(tty) && echo mine"], tty, user: "nobody", cwd: "/" };
  expect((await run(client, spec)).stdout.toString()).toContain("mine");
});

test("a client that goes away hangs up the whole session, background jobs too", async () => {
  const exec = new ExecSession(client.openExec());
  exec.start({ argv: ["bash", "-i"], tty });
  exec.stderr.resume();
  exec.stdin.write("set -m; sleep 600 & echo job=$!; echo shell=$$\n");
  const text = await waitFor(exec, "shell=");
  const pids = `${text}${await (text.match(/shell=\d+\r/) ? "" : waitFor(exec, "\r"))}`;
  const job = Number(/job=(\d+)/.exec(pids)?.[1]);
  const { pid } = await exec.started;
  exec.hangUp();
  await gone(pid);
  await gone(job);
});

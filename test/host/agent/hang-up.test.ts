import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentClient } from "../../../src/guest/agent/agent-client.ts";
import { ExecSession } from "../../../src/shared/exec/exec-session.ts";
import { encodeFrame, FrameType, frameHeader } from "../../../src/shared/exec/frames.ts";
import { gone, HostAgent, waitFor } from "./harness.ts";

let agent: HostAgent;
let client: AgentClient;

beforeAll(async () => {
  agent = await HostAgent.start();
  client = await agent.connect();
});
afterAll(() => agent[Symbol.asyncDispose]());

test.each(["the stream is reset", "END_STREAM"])("%s: the command gets SIGHUP", async (how) => {
  const stream = client.openExec();
  const exec = new ExecSession(stream);
  exec.start({ argv: ["sh", "-c", "trap 'exit 0' HUP; echo $$; while :; do sleep 0.05; done"] });
  const pid = Number(await waitFor(exec, "\n"));
  if (how === "END_STREAM") stream.end();
  else exec.hangUp();
  await gone(pid);
  await expect(exec.exit).rejects.toMatchObject({ code: "ERR_EXEC_LOST" });
});

test("what a command starts to clean up after a hang-up is not hung up itself", async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), "banger-hangup-"));
  const exec = new ExecSession(client.openExec());
  const cleanUp = `echo leaving; (exec sleep 0.2); echo bye >&2; echo clean > ${directory}/mark; exit`;
  exec.start({ argv: ["sh", "-c", `trap '${cleanUp}' HUP; echo $$; while :; do sleep 0.05; done`] });
  const pid = Number(await waitFor(exec, "\n"));
  exec.hangUp();
  await gone(pid);
  expect(await readFile(`${directory}/mark`, "utf8")).toBe("clean\n");
  await rm(directory, { recursive: true });
});

test("a lost connection hangs up its commands, and one that ignores SIGHUP is killed", async () => {
  const other = await agent.connect();
  const exec = new ExecSession(other.openExec());
  exec.start({ argv: ["sh", "-c", "trap '' HUP; echo $$; while :; do sleep 0.05; done"] });
  const pid = Number(await waitFor(exec, "\n"));
  other.close();
  await gone(pid);
  await other.closed;
});

test.each([
  ["a frame that is too large", Buffer.concat([frameHeader(FrameType.STDIN, 2 << 20), Buffer.alloc(16)])],
  ["a type of the other side", encodeFrame(FrameType.EXIT, {})],
  ["a second START", encodeFrame(FrameType.START, { argv: ["true"] })],
  ["a signal that is none", encodeFrame(FrameType.SIGNAL, { signal: 0 })],
])("%s resets the stream and hangs up", async (_name, bytes) => {
  const stream = client.openExec();
  const exec = new ExecSession(stream);
  exec.start({ argv: ["sleep", "600"] });
  const { pid } = await exec.started;
  stream.write(bytes);
  await expect(exec.exit).rejects.toMatchObject({ code: "ERR_EXEC_LOST" });
  expect(stream.rstCode).toBe(1);
  await gone(pid);
});

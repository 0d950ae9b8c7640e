import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findTool, runTool } from "../../../src/images/tool.ts";

let directory: string;
let logFile: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tool-"));
  logFile = join(directory, "log");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const never = new AbortController().signal;
const sh = (script: string) => ["-c", script] as const;

test("lines of both streams arrive apart, and all of it is in the log", async () => {
  const out: string[] = [];
  const err: string[] = [];
  await runTool("sh", sh("echo one; echo two >&2; printf 'three\\rfour'"), {
    signal: never,
    logFile,
    onStdoutLine: (line) => out.push(line),
    onStderrLine: (line) => err.push(line),
  });
  expect(out).toEqual(["one", "three", "four"]);
  expect(err).toEqual(["two"]);
  const log = await readFile(logFile, "utf8");
  expect(log).toMatch(/^\$ sh -c /);
  for (const text of ["one\n", "two\n", "three\rfour"]) expect(log).toContain(text);
});

test("a failure carries the status, the end of stderr and the log's name", async () => {
  const running = runTool("sh", sh("echo reason >&2; exit 3"), { signal: never, logFile });
  await expect(running).rejects.toMatchObject({
    code: "ERR_TOOL_FAILED",
    next: expect.stringContaining(logFile),
    details: { program: "sh", exitCode: 3, signal: null, stderrTail: "reason\n" },
  });
  await expect(running).rejects.toThrow("sh failed (exit status 3): reason");
});

test("an endless stderr does not fill our memory: only its end is kept", async () => {
  const running = runTool("sh", sh("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo last >&2; exit 1"), {
    signal: never,
    logFile,
  });
  const error = await running.catch((thrown: { details: { stderrTail: string } }) => thrown);
  expect((error as { details: { stderrTail: string } }).details.stderrTail).toHaveLength(4096);
});

test("a program that is not there is named with its package", async () => {
  await expect(findTool("no-such-program-of-ours")).rejects.toMatchObject({
    code: "ERR_TOOL_MISSING",
    next: "Install it: sudo apt-get install no-such-program-of-ours",
  });
});

test("administrators' programs are found whatever PATH says", async () => {
  expect(await findTool("chroot")).toMatch(/^\/(usr\/)?sbin\/chroot$/);
});

test("arguments reach the program as they are: no shell looks at them", async () => {
  const out: string[] = [];
  await runTool("printf", ["%s\n", "$(id) `id` ; * 'q\""], {
    signal: never,
    logFile,
    onStdoutLine: (line) => out.push(line),
  });
  expect(out).toEqual(["$(id) `id` ; * 'q\""]);
});

test("input is given on stdin, and without it stdin is empty", async () => {
  const out: string[] = [];
  const options = { signal: never, logFile, onStdoutLine: (line: string) => out.push(line) };
  await runTool("cat", [], { ...options, input: Buffer.from("given\n") });
  await runTool("cat", [], options);
  expect(out).toEqual(["given"]);
});

test("the environment holds nothing of ours but what is named", async () => {
  const out: string[] = [];
  process.env.BANGER_TEST_SECRET = "x";
  await runTool("env", [], {
    signal: never,
    logFile,
    env: { MINE: "y" },
    onStdoutLine: (line) => out.push(line),
  });
  delete process.env.BANGER_TEST_SECRET;
  expect(out).toContain("MINE=y");
  expect(out).toContain("LC_ALL=C.UTF-8");
  expect(out.join()).not.toContain("BANGER_TEST_SECRET");
});

test("an abort kills the program with its children, and the reason is what is thrown", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  const pids: number[] = [];
  const running = runTool("sh", sh("sleep 1000 & echo $!; echo $$; wait"), {
    signal: abort.signal,
    logFile,
    onStdoutLine: (line) => {
      pids.push(Number(line));
      if (pids.length === 2) abort.abort(reason);
    },
  });
  await expect(running).rejects.toBe(reason);
  expect(pids).toHaveLength(2);
  for (const pid of pids) await expect.poll(() => stateOf(pid), { timeout: 30_000 }).toMatch(/^gone|Z/);
});

test("nothing starts when the signal is aborted already", async () => {
  await expect(runTool("sh", sh("exit 0"), { signal: AbortSignal.abort("no"), logFile })).rejects.toBe("no");
});

/** The process's state letter; a zombie counts as ended, for its new parent may not have looked yet. */
async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat === "" ? "gone" : (stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "");
}

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ENTRY, Program } from "./support/cli.ts";
import { FakeDaemon, VM } from "./support/daemon.ts";

let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.open();
  daemon.vms.set(VM.id, VM);
});
afterEach(() => daemon[Symbol.asyncDispose]());

const CLI = `${process.execPath} -- ${ENTRY}`;

/** A shell script whose terminal is a real one (util-linux's `script` makes it). */
function atTerminal(script: string): Program {
  const args = ["-qfec", script, "/dev/null"];
  return new Program("script", args, { env: { ...daemon.env, SHELL: "/bin/sh" }, input: null });
}

const inGuest = (script: string) => `${CLI} vm exec ${VM.name} -- sh -c '${script}'`;

describe("at a terminal", () => {
  it("the command gets one of the same size, and afterwards ours is as it was", async () => {
    const done = await atTerminal(
      `stty rows 33 cols 99; ${inGuest("echo up; exit 5")}; echo status=$?; stty -a`,
    ).finished;
    const text = done.stdout.toString();
    expect(text).toContain("status=5");
    expect(text).toMatch(/ icanon/);
    expect(text).toMatch(/ echo /);
    expect(daemon.told.starts[0]?.tty).toEqual({ rows: 33, cols: 99, term: "xterm" });
  });

  it("-T and a pipe mean none", async () => {
    await atTerminal(`${CLI} vm exec -T ${VM.name} -- true; ${inGuest("true")} | cat`).finished;
    expect(daemon.told.starts.map(({ tty }) => tty)).toEqual([null, null]);
  });

  it("follows the window's size", async () => {
    const go = path.join(daemon.directory, "go");
    const program = atTerminal(
      `(while [ ! -e ${go} ]; do sleep 0.05; done; stty rows 40 cols 120 </dev/tty) & ${inGuest("echo up; read line")}`,
    );
    await program.until(/up/);
    await writeFile(go, "");
    // Rows and columns are set one after the other, and may be told so.
    const isTold = () => isDeepStrictEqual(daemon.told.resizes.at(-1), { rows: 40, cols: 120 });
    while (!isTold()) await new Promise((resolve) => setTimeout(resolve, 10));
    program.child.stdin?.write("\n");
    await program.finished;
  });

  it("Ctrl-C is a byte for the command, not a signal for us", async () => {
    const program = atTerminal(inGuest("echo up; head -c 1 | od -An -tx1"));
    await program.until(/up/);
    program.child.stdin?.write("\u0003");
    await program.until(/ 03/);
    expect((await program.finished).status).toBe(0);
    expect(daemon.told.signals).toEqual([]);
  });

  it("SIGTERM for us ends the session and gives the terminal back", async () => {
    const file = path.join(daemon.directory, "pid");
    const program = atTerminal(
      `(sh -c 'echo $PPID' > ${file}; exec ${inGuest("echo up; sleep 1000")}); echo status=$?; stty -a`,
    );
    await program.until(/up/);
    process.kill(Number(await readFile(file, "utf8")), "SIGTERM");
    const text = (await program.finished).stdout.toString();
    expect(text).toContain("status=143");
    expect(text).toMatch(/ icanon/);
    expect(daemon.told.hangUps).toBe(1);
  });

  it("vm run without a command is a session in a new VM, with live stages", async () => {
    const program = atTerminal(`${CLI} vm run; echo status=$?`);
    await program.until(/guest/);
    program.child.stdin?.write("exit 3\n");
    await program.until(/status=3/);
    program.child.stdin?.end();
    const text = (await program.finished).stdout.toString();
    expect(text).toContain("\u001b[32m✓\u001b[39m disks");
    expect(text).toContain("brave-otter is still running (stop with `banger vm stop brave-otter`)");
    expect(daemon.told.starts[0]?.argv).toEqual([]);
  });

  it("NO_COLOR means plain lines", async () => {
    const program = atTerminal(`NO_COLOR=1 ${CLI} vm run -- true`);
    const text = (await program.finished).stdout.toString();
    expect(text).toMatch(/disks \([\d.]+m?s\)/);
    expect(text).not.toContain("\u001b[");
    expect(text).toContain("is still running");
  });
});

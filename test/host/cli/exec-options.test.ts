import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Cli, runCli } from "./support/cli.ts";
import { FakeDaemon, VM } from "./support/daemon.ts";

let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.open();
  daemon.vms.set(VM.id, VM);
});
afterEach(() => daemon[Symbol.asyncDispose]());

const exec = (args: string[], input: Buffer | string = "", env: NodeJS.ProcessEnv = {}) =>
  runCli(["vm", "exec", ...args], { env: { ...daemon.env, ...env }, input });

describe("signals", () => {
  it.each([
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
    ["SIGQUIT", 3],
  ] as const)("%s reaches the command, whose end decides", async (signal, number) => {
    // One process that prints and stays: dash loses a SIGINT that comes between its `echo` and its next command.
    const file = path.join(daemon.directory, "says");
    await writeFile(file, "up\n");
    const cli = new Cli(["vm", "exec", VM.name, "--", "tail", "-f", file], { env: daemon.env });
    await cli.until(/up/);
    cli.child.kill(signal);
    expect((await cli.finished).status).toBe(128 + number);
    expect(daemon.told.signals).toEqual([number]);
  });

  it("a command that handles SIGINT goes on, and the second one soon after hangs it up", async () => {
    const script = "trap 'echo caught' INT; echo up; while :; do sleep 0.05; done";
    const cli = new Cli(["vm", "exec", VM.name, "--", "sh", "-c", script], { env: daemon.env });
    await cli.until(/up/);
    cli.child.kill("SIGINT");
    await cli.until(/caught/);
    // On a slow host one may come too long after the one before.
    const again = setInterval(() => cli.child.kill("SIGINT"), 500);
    const { status } = await cli.finished.finally(() => clearInterval(again));
    expect(status).toBe(130);
    expect(new Set(daemon.told.signals)).toEqual(new Set([2]));
    expect(daemon.told.hangUps).toBe(1);
  });

  it("SIGKILL of the CLI hangs the command up", async () => {
    const cli = new Cli(["vm", "exec", VM.name, "--", "sh", "-c", "echo up; sleep 1000"], {
      env: daemon.env,
    });
    await cli.until(/up/);
    cli.child.kill("SIGKILL");
    await cli.finished;
    while (daemon.told.hangUps === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

describe("options that mean what Docker's do", () => {
  it("--env, --env-file, --user and --workdir", async () => {
    const file = path.join(daemon.directory, "env");
    await writeFile(file, "# a comment\n\nA=file\nB=two words\nFROM_HOST\n");
    await exec(
      [
        "--env-file",
        file,
        "-e",
        "A=flag",
        "-eC=x=y",
        "--env=D=",
        "-e",
        "UNSET",
        "-u",
        "app:www",
        "-w",
        "/tmp",
      ].concat([VM.name, "--", "true"]),
      "",
      { FROM_HOST: "here" },
    );
    expect(daemon.told.starts).toEqual([
      {
        argv: ["true"],
        env: { A: "flag", B: "two words", FROM_HOST: "here", C: "x=y", D: "" },
        cwd: "/tmp",
        user: "app:www",
        tty: null,
      },
    ]);
  });

  it.each([
    [[VM.name, "printf", "%s", "-l"]],
    [[VM.name, "--", "printf", "%s", "-l"]],
    [["-e", "A=1", VM.name, "printf", "%s", "-l"]],
    [[VM.name, "-e", "A=1", "--", "printf", "%s", "-l"]],
  ])("%j: the command's options are its own", async (args) => {
    expect((await exec(args)).text).toBe("-l");
  });

  it("a terminal for the command is asked for by -t, with a size", async () => {
    await exec(["-t", VM.name, "--", "true"]);
    expect(daemon.told.starts[0]?.tty).toEqual({ rows: 24, cols: 80, term: "xterm" });
  });

  it("vm shell is a login shell that reads a script from a pipe", async () => {
    const done = await runCli(["vm", "shell", VM.name], {
      env: daemon.env,
      input: "echo in a shell; exit 3\n",
    });
    expect(done.text).toBe("in a shell\n");
    expect(done.status).toBe(3);
    expect(daemon.told.starts[0]?.argv).toEqual([]);
  });
});

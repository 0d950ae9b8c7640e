import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
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
const sh = (script: string) => exec([VM.name, "--", "sh", "-c", script]);

describe("status (RUN-2)", () => {
  it.each([
    ["exit 0", 0],
    ["exit 7", 7],
    ["exit 255", 255],
    ["kill -9 $$", 137],
    ["kill -TERM $$", 143],
  ])("sh -c '%s' ends with %i", async (script, status) => {
    expect((await sh(script)).status).toBe(status);
  });

  it("a missing program is 127 and said", async () => {
    const done = await exec([VM.name, "--", "no-such-program"]);
    expect(done.status).toBe(127);
    expect(done.stderr).toBe("banger: no-such-program: not found\n");
  });

  it("an unknown VM is 125, with the daemon's sentence and next step", async () => {
    const done = await exec(["nope", "--", "true"]);
    expect(done.status).toBe(125);
    expect(done.stderr).toBe('banger: there is no VM "nope"\n  look again\n');
  });

  it("a command line that makes no sense is 125: 2 could be the guest's", async () => {
    expect((await exec(["--frob", VM.name, "true"])).status).toBe(125);
  });

  it("--timeout ends the command with 124", async () => {
    const done = await exec(["--timeout", "200ms", VM.name, "--", "sleep", "1000"]);
    expect(done.status).toBe(124);
    expect(daemon.told.signals).toEqual([15]);
  });

  it("--timeout gets past a command that ignores SIGTERM", async () => {
    const script = "trap '' TERM; while :; do sleep 0.1; done";
    const done = await exec(["--timeout", "200ms", VM.name, "--", "sh", "-c", script]);
    expect(done.status).toBe(124);
    expect(daemon.told.signals).toEqual([15, 9]);
  });

  it("a connection that is lost is an error, not a status of the command", async () => {
    const cli = new Cli(["vm", "exec", VM.name, "--", "sh", "-c", "echo up; sleep 1000"], {
      env: daemon.env,
      input: null,
    });
    await cli.until(/up/);
    await daemon.server.close();
    const done = await cli.finished;
    expect(done.status).toBe(125);
    expect(done.stderr).toContain("the connection to the daemon was lost");
  });
});

describe("streams", () => {
  it("keeps stdout and stderr apart, and adds nothing", async () => {
    const done = await sh("echo out; echo err >&2; echo out2");
    expect(done.text).toBe("out\nout2\n");
    expect(done.stderr).toBe("err\n");
  });

  it("64 MiB come back byte for byte, with stdin half-closed, in flat memory", async () => {
    const bytes = randomBytes(64 * 2 ** 20);
    const cli = new Cli(["vm", "exec", VM.name, "--", "sh", "-c", "cat; echo end >&2"], {
      env: daemon.env,
      input: bytes,
    });
    let peak = 0;
    cli.child.stdout?.on("data", () => {
      peak = Math.max(peak, residentBytes(cli.child.pid));
    });
    const done = await cli.finished;
    expect(done.stderr).toBe("end\n");
    expect(done.status).toBe(0);
    expect(done.stdout.equals(bytes)).toBe(true);
    expect(peak).toBeLessThan(220 * 2 ** 20);
  });

  it("a slow reader holds the command back", async () => {
    const cli = new Cli(
      ["vm", "exec", VM.name, "--", "sh", "-c", "head -c 200000000 /dev/zero; echo done >&2"],
      {
        env: daemon.env,
      },
    );
    cli.child.stdout?.pause();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(cli.output).not.toContain("done");
    expect(residentBytes(cli.child.pid)).toBeLessThan(220 * 2 ** 20);
    cli.child.stdout?.destroy();
    expect((await cli.finished).status).toBe(141);
  });

  it("a reader that goes away ends the command, without a stack", async () => {
    const cli = new Cli(["vm", "exec", VM.name, "--", "yes"], { env: daemon.env });
    await cli.until(/y/);
    cli.child.stdout?.destroy();
    const done = await cli.finished;
    expect(done.status).toBe(141);
    expect(done.stderr).toBe("");
  });

  it("a stdin that stays open does not keep an ended command", async () => {
    const cli = new Cli(["vm", "exec", VM.name, "--", "true"], { env: daemon.env, input: null });
    expect((await cli.finished).status).toBe(0);
  });
});

describe("signals", () => {
  it.each([
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
    ["SIGQUIT", 3],
  ] as const)("%s reaches the command, whose end decides", async (signal, number) => {
    const cli = new Cli(["vm", "exec", VM.name, "--", "sh", "-c", "echo up; sleep 1000"], {
      env: daemon.env,
    });
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
    cli.child.kill("SIGINT");
    expect((await cli.finished).status).toBe(130);
    expect(daemon.told).toMatchObject({ signals: [2], hangUps: 1 });
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

function residentBytes(pid: number | undefined): number {
  const status = readStatus(pid);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

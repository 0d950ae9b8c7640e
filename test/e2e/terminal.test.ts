import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, mustRun, pause } from "./support/run.ts";
import { CLI, Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let tmux: string[];

/** A person's terminal: tmux with a server of its own, 100 columns by 30 rows. */
beforeAll(async () => {
  sandbox = await Sandbox.open();
  tmux = ["-S", `${sandbox.directory}/tmux`, "-f", "/dev/null"];
  await sandbox.ok("vm", "create", "--name", "desk", "--memory", "512M");
  await mustRun(
    "nsenter",
    [
      `--net=/run/netns/${sandbox.netns}`,
      "tmux",
      ...tmux,
      "new-session",
      "-d",
      "-x",
      "100",
      "-y",
      "30",
      "sh",
    ],
    {
      env: { ...sandbox.env, TERM: "xterm-256color" },
    },
  );
});

afterAll(async () => {
  await mustRun("tmux", [...tmux, "kill-server"]);
  await sandbox.ok("vm", "rm", "-f", "desk");
  await sandbox.close();
});

const type = (...keys: string[]) => mustRun("tmux", [...tmux, "send-keys", ...keys]);
const screen = () => mustRun("tmux", [...tmux, "capture-pane", "-p"]);
const shows = (pattern: RegExp) =>
  eventually(async () => pattern.test(await screen()), `the screen shows ${pattern}`, 60_000).catch(
    async (error) => {
      throw new Error(`${error.message}\n${await screen()}`);
    },
  );

describe("a person at a terminal (RUN-3)", () => {
  it("gets a shell that follows the window's size", async () => {
    await type(`${CLI} vm shell desk`, "Enter");
    await shows(/root@desk:~# *$/m);
    await type("stty size", "Enter");
    await shows(/^30 100$/m);
    await mustRun("tmux", [...tmux, "resize-window", "-x", "80", "-y", "25"]);
    await type("clear; stty size", "Enter");
    await shows(/^25 80$/m);
  });

  it("interrupts with Ctrl-C what runs in the guest, not the shell", async () => {
    // Only what runs can be interrupted: a shell that is about to start it may lose the signal. What is typed is not what is waited for.
    await type("clear; sh -c 'echo at w''ork; exec sleep 1000'", "Enter");
    await shows(/^at work$/m);
    await type("C-c");
    await type("clear; echo status=$?", "Enter");
    await shows(/^status=\d+$/m);
    await type("clear; echo still $((40 + 2))", "Enter");
    await shows(/^still 42$/m);
  });

  it("runs full-screen programs: top and vi", async () => {
    await type("clear; top", "Enter");
    await shows(/load average/);
    // top drops what was typed while it draws.
    await eventually(async () => {
      await type("q");
      await pause(1_000);
      return /root@desk:~# *q*$/m.test(await screen());
    }, "top ends");
    await type("C-u", "clear; vi /tmp/note", "Enter");
    await shows(/^~/m);
    await type("ihello from vi", "Escape", ":wq", "Enter");
    await type("clear; cat /tmp/note", "Enter");
    await shows(/^hello from vi$/m);
  });

  it("leaves a working terminal behind, and says that the VM still runs", async () => {
    await type("exit", "Enter");
    await shows(/^# *$/m);
    await type("clear; stty -a | grep -o ' icanon\\| echo '; echo done", "Enter");
    await shows(/icanon[\s\S]*done/);
  });

  it("shows live stages of a create, and goes on to a shell", async () => {
    await type(`clear; ${CLI} vm run --name fresh --memory 512M`, "Enter");
    await shows(/spec: \d+ vcpu/);
    await shows(/root@fresh:~# *$/m);
    await type("exit", "Enter");
    await shows(/fresh is still running \(stop with/);
    await sandbox.ok("vm", "rm", "-f", "fresh");
  });

  it("deletes without a reminder after `--rm`", async () => {
    await type(`clear; ${CLI} vm run --rm --name brief --memory 512M`, "Enter");
    await shows(/root@brief:~# *$/m);
    await type("exit", "Enter");
    await eventually(
      async () => !(await sandbox.ok("vm", "list", "--all")).includes("brief"),
      "the VM is deleted",
    );
    // Written so that what is typed, echoed before or after the shell's prompt, is not what is waited for.
    await type("echo ba''ck", "Enter");
    await shows(/back$/m);
    expect(await screen()).not.toContain("still running");
  });

  it("prints neither colours nor spinners into a pipe", async () => {
    const created = await sandbox.run(["vm", "create", "--name", "plain", "--memory", "512M"]);
    expect(created.status).toBe(0);
    expect(created.stdout.toString()).toBe("plain\n");
    const listed = await sandbox.ok("vm", "list");
    const ESC = String.fromCharCode(27);
    expect(created.stderr + listed).not.toContain(ESC);
    expect(created.stderr).not.toContain("\r");
    await sandbox.ok("vm", "rm", "-f", "plain");
  });
});

describe("a table that is watched (VM-12)", () => {
  it("is drawn in place, and Ctrl-C leaves the terminal as it was", async () => {
    await type("clear; PS1='$ '", "Enter");
    await type(`${CLI} vm stats -w`, "Enter");
    await shows(/NAME[\s\S]*desk/);
    const row = async () => (await screen()).split("\n").find((line) => line.startsWith("desk"));
    const first = await row();
    await eventually(async () => (await row()) !== first, "it is drawn anew");
    expect((await screen()).match(/NAME/g)).toHaveLength(1);
    await type("C-c");
    // The shell takes the terminal back first: what is typed earlier shows in the middle of its prompt.
    await shows(/\^C\$ *$/m);
    await type("echo status $?; stty -a | grep -o ' echo '", "Enter");
    await shows(/^status 130\n echo$/m);
  });
});

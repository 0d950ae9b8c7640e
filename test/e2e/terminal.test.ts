import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "./support/run.ts";
import { CLI, Sandbox } from "./support/sandbox.ts";
import { Terminal } from "./support/terminal.ts";

let sandbox: Sandbox;
let terminal: Terminal;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  await sandbox.ok("vm", "create", "--name", "desk", "--memory", "512M");
});
beforeEach(async () => {
  terminal = await Terminal.open(sandbox);
  await terminal.shows(PROMPT);
});
afterEach(async () => {
  await terminal.close();
  await sandbox.deleteVms("desk");
});
afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "desk"]);
  await sandbox.close();
});

/** The host's shell waits for a line. */
const PROMPT = /^# *$/m;
const promptIn = (vm: string) => new RegExp(`^root@${vm}:~# *$`, "m");
const DESK = promptIn("desk");

async function shellOnDesk(): Promise<void> {
  await terminal.type(`${CLI} vm shell desk`, "Enter");
  await terminal.shows(DESK);
}

describe("a person at a terminal (RUN-3)", () => {
  it("gets a shell that follows the window's size", async () => {
    await shellOnDesk();
    await terminal.type("stty size", "Enter");
    await terminal.shows(/^30 100$/m);
    await terminal.resize(80, 25);
    // The size comes by another way than the keys, and later.
    await terminal.typeUntil(/^25 80$/m, "clear; stty size", "Enter");
  });

  it("interrupts with Ctrl-C what runs in the guest, not the shell", async () => {
    await shellOnDesk();
    // One process that prints and stays: dash loses a Ctrl-C that comes between its `echo` and its next command.
    await terminal.type("clear; tail -f /etc/os-release", "Enter");
    await terminal.shows(/VERSION_CODENAME/);
    await terminal.type("C-c");
    await terminal.type("clear; echo status=$?", "Enter");
    await terminal.shows(/^status=\d+$/m);
    await terminal.type("clear; echo still $((40 + 2))", "Enter");
    await terminal.shows(/^still 42$/m);
  });

  it("runs full-screen programs: top and vi", async () => {
    await shellOnDesk();
    await terminal.type("clear; top", "Enter");
    await terminal.shows(/load average/);
    // top drops what was typed while it draws; the shell takes what is too much.
    await terminal.typeUntil(/root@desk:~# *q*$/m, "q");
    await terminal.type("C-u", "clear; vi /tmp/note", "Enter");
    await terminal.shows(/^~/m);
    await terminal.type("ihello from vi", "Escape", ":wq", "Enter");
    // vi reads ahead: what is typed before its end is its own.
    await terminal.shows(DESK);
    await terminal.type("clear; cat /tmp/note", "Enter");
    await terminal.shows(/^hello from vi$/m);
  });

  it("leaves a working terminal behind", async () => {
    await shellOnDesk();
    await terminal.type("clear", "Enter");
    await terminal.type("exit", "Enter");
    await terminal.shows(PROMPT);
    await terminal.type("clear; stty -a | grep -o ' icanon\\| echo '; echo done", "Enter");
    await terminal.shows(/^ icanon\n echo\ndone$/m);
  });

  it("shows live stages of a create, and goes on to a shell; says that the VM still runs", async () => {
    await terminal.type(`clear; ${CLI} vm run --name fresh --memory 512M`, "Enter");
    await terminal.shows(/spec: \d+ vcpu/);
    await terminal.shows(promptIn("fresh"));
    await terminal.type("exit", "Enter");
    await terminal.shows(/fresh is still running \(stop with/);
  });

  it("deletes without a reminder after `--rm`", async () => {
    await terminal.type(`clear; ${CLI} vm run --rm --name brief --memory 512M`, "Enter");
    await terminal.shows(promptIn("brief"));
    await terminal.type("exit", "Enter");
    await eventually(
      async () => !(await sandbox.ok("vm", "list", "--all")).includes("brief"),
      "the VM is deleted",
    );
    // Written so that what is typed, echoed before or after the shell's prompt, is not what is waited for.
    await terminal.type("echo ba''ck", "Enter");
    await terminal.shows(/back$/m);
    expect(await terminal.screen()).not.toContain("still running");
  });

  it("prints neither colours nor spinners into a pipe", async () => {
    const created = await sandbox.run(["vm", "create", "--name", "plain", "--memory", "512M"]);
    expect(created.status).toBe(0);
    expect(created.stdout.toString()).toBe("plain\n");
    const listed = await sandbox.ok("vm", "list");
    const ESC = String.fromCharCode(27);
    expect(created.stderr + listed).not.toContain(ESC);
    expect(created.stderr).not.toContain("\r");
  });
});

describe("a table that is watched (VM-12)", () => {
  it("is drawn in place, and Ctrl-C leaves the terminal as it was", async () => {
    await terminal.type("clear; PS1='$ '", "Enter");
    await terminal.shows(/^\$ *$/m);
    await terminal.type(`${CLI} vm stats -w`, "Enter");
    await terminal.shows(/NAME[\s\S]*desk/);
    const row = async () => (await terminal.screen()).split("\n").find((line) => line.startsWith("desk"));
    const first = await row();
    await eventually(async () => (await row()) !== first, "it is drawn anew");
    expect((await terminal.screen()).match(/NAME/g)).toHaveLength(1);
    await terminal.type("C-c");
    // The shell takes the terminal back first: what is typed earlier shows in the middle of its prompt.
    await terminal.shows(/\^C\$ *$/m);
    await terminal.type("echo status $?; stty -a | grep -o ' echo '", "Enter");
    await terminal.shows(/^status 130\n echo$/m);
  });
});

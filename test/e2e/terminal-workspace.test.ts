import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestRepository } from "../support/git-repository.ts";
import { eventually } from "./support/run.ts";
import { CLI, Sandbox } from "./support/sandbox.ts";
import { Terminal } from "./support/terminal.ts";

let sandbox: Sandbox;
let small: TestRepository;
let large: TestRepository;
let terminal: Terminal;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  small = new TestRepository("small");
  small.write("file", "content");
  small.git("add", ".");
  small.commit("first");
  large = new TestRepository("large");
  writeFileSync(path.join(large.top, "huge"), Buffer.alloc(192 * 1024 ** 2, "abc"));
  large.git("add", ".");
  await sandbox.ok("vm", "create", "--name", "desk", "--memory", "512M");
});
beforeEach(async () => {
  terminal = await Terminal.open(sandbox);
  await terminal.type("PS1='$ '; clear", "Enter");
  await terminal.shows(/^\$ *$/m);
});
afterEach(async () => {
  await terminal.close();
  await sandbox.deleteVms("desk");
});
afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "desk"]);
  await sandbox.close();
  small.dispose();
  large.dispose();
});

const inGuest = (command: string) => sandbox.ok("vm", "exec", "desk", "--", "sh", "-c", command);
const copyHasBegun = () =>
  eventually(async () => (await inGuest("ls -A /root")).includes(".banger-repo."), "the copy has begun");
const prepare = () => `clear; ${CLI} vm workspace prepare desk ${large.top}`;

describe("a person at a terminal, with a checkout (RUN-1, RUN-3, WS-1)", () => {
  it("gets a shell in the copy, which follows the window's size and stops jobs with Ctrl-Z", async () => {
    const prompt = /^root@away:~\/repo# *$/m;
    await terminal.type(`clear; ${CLI} vm run --rm --name away --memory 512M ${small.top}`, "Enter");
    await terminal.shows(prompt);
    await terminal.resize(80, 25);
    await terminal.typeUntil(/^25 80$/m, "clear; stty size", "Enter");
    await terminal.type("clear; tail -f file", "Enter");
    await terminal.shows(/content/);
    await terminal.type("C-z");
    await terminal.shows(/Stopped +tail -f file/);
    await terminal.type("clear; fg", "Enter");
    await terminal.shows(/^tail -f file$/m);
    await terminal.type("C-c");
    await terminal.shows(prompt);
    await terminal.type("clear", "Enter");
    await terminal.type("exit", "Enter");
    await terminal.shows(/^\$ *$/m);
    expect(await sandbox.ok("vm", "list", "--all")).not.toContain("away");
  });

  it("takes the VM of --rm along when he closes the terminal", async () => {
    await terminal.type(`clear; ${CLI} vm run --rm --name away --memory 512M ${small.top}`, "Enter");
    await terminal.shows(/^root@away:~\/repo# *$/m);
    await terminal.close();
    terminal = await Terminal.open(sandbox);
    await eventually(
      async () => !(await sandbox.ok("vm", "list", "--all")).includes("away"),
      "the VM is deleted",
    );
  });

  it("ends a copy with Ctrl-C, and a closed terminal ends it too: nothing of it stays in the guest", async () => {
    await terminal.type(prepare(), "Enter");
    await copyHasBegun();
    await terminal.type("C-c");
    await terminal.shows(/^\$ *$/m);
    await terminal.type("echo status $?; stty -a | grep -o ' echo '", "Enter");
    await terminal.shows(/^status 130\n echo$/m);
    expect(await inGuest("ls -A /root")).not.toContain("repo");

    await terminal.type(prepare(), "Enter");
    await copyHasBegun();
    await terminal.close();
    terminal = await Terminal.open(sandbox);
    await eventually(async () => !(await inGuest("ls -A /root")).includes("repo"), "the copy is gone");
  });

  it("stops a copy with Ctrl-Z and lets it go on", async () => {
    await terminal.type(prepare(), "Enter");
    await copyHasBegun();
    await terminal.type("C-z");
    await terminal.shows(/Stopped/);
    await terminal.type("clear; fg; echo status $?", "Enter");
    await terminal.shows(/^status 0$/m);
    expect(await inGuest("stat -c %s /root/repo/huge")).toBe(`${192 * 1024 ** 2}\n`);
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BangerError } from "../../../src/shared/errors.ts";
import { runCli } from "./support/cli.ts";
import { FakeDaemon, VM } from "./support/daemon.ts";

let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.open();
  daemon.vms.set(VM.id, VM);
});
afterEach(() => daemon[Symbol.asyncDispose]());

const banger = (...args: string[]) => runCli(args, { env: daemon.env });

describe("errors (CLI-1)", () => {
  it("strings of a guest or the daemon cannot steer the terminal", async () => {
    daemon.vms.set("evil", { ...VM, name: "\u001b[2Jevil\u009b31m\r", image: "a\nb" });
    const done = await banger("vm", "list");
    const isControl = (code: number) => code < 0x20 || (code >= 0x7f && code < 0xa0);
    expect([...done.text].filter((each) => each !== "\n" && isControl(each.charCodeAt(0)))).toEqual([]);
    expect(done.text).toContain("\\u001b[2Jevil");
  });

  it("--debug shows the stack, code and details", async () => {
    await using other = await FakeDaemon.open({
      handlers: {
        "vm.list": async () => {
          throw new BangerError("ERR_TEST", "no", { details: { why: "because" } });
        },
      },
    });
    const plain = await runCli(["vm", "list"], { env: other.env });
    expect(plain).toMatchObject({ status: 1, stderr: "banger: no\n" });
    const debug = await runCli(["vm", "list", "--debug"], { env: other.env });
    expect(debug.stderr).toContain('code: ERR_TEST {"why":"because"}');
    expect(debug.stderr).toMatch(/\n {4}at /);
  });

  it.each([
    [["vm", "lst"], 'there is no command "vm lst"', "did you mean `banger vm list`?"],
    [["run"], 'there is no command "run"', "did you mean `banger vm run`?"],
    [["vm", "list", "--al"], "has no option --al", "did you mean --all?"],
    [["vm", "list", "x"], '"x" is one argument too many', "write `banger vm list`"],
    [["vm", "show"], "a VM is missing", "write `banger vm show <vm>`"],
    [["--frob"], "there is no option --frob", "`banger --help`"],
    [["completion", "tcsh"], 'no completion for "tcsh"', "bash, zsh, fish"],
  ])("%j is 2, one sentence and the next step", async (args, sentence, next) => {
    const done = await banger(...args);
    expect(done.status).toBe(2);
    expect(done.stderr).toMatch(/^banger: [^\n]+\n {2}[^\n]+\n$/);
    expect(done.stderr).toContain(sentence);
    expect(done.stderr).toContain(next);
  });

  it("no arguments print the help to stderr with 2, --help to stdout with 0", async () => {
    const bare = await banger();
    expect([bare.status, bare.text]).toEqual([2, ""]);
    const help = await banger("--help");
    expect([help.status, help.stderr]).toEqual([0, ""]);
    expect(help.text).toBe(bare.stderr);
    expect((await banger("help", "vm", "run")).text).toBe((await banger("vm", "run", "-h")).text);
  });
});

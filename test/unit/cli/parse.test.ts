import { describe, expect, it } from "vitest";
import { vmDelete } from "../../../src/cli/commands/vm/delete.ts";
import { vmExec } from "../../../src/cli/commands/vm/exec.ts";
import { vmList } from "../../../src/cli/commands/vm/list.ts";
import { vmRun } from "../../../src/cli/commands/vm/run.ts";
import { vmSet } from "../../../src/cli/commands/vm/set.ts";
import { networkChangesOf, networkOf } from "../../../src/cli/network-options.ts";
import { parseArgs } from "../../../src/cli/parse.ts";

describe("options", () => {
  it.each([
    [["--memory", "2G"], { memory: "2G" }],
    [["--memory=2G"], { memory: "2G" }],
    [["-m2G"], { memory: "2G" }],
    [["-m=2G"], { memory: "2G" }],
    [["-m", "2G"], { memory: "2G" }],
    [["--memory", "1G", "--memory", "2G"], { memory: "2G" }],
    [["--memory", "-1G"], { memory: "-1G" }],
    [["--memory", "007"], { memory: "007" }],
    [["--memory="], { memory: "" }],
    [["--user", "1000:1000", "--workdir", "a.b"], { user: "1000:1000", workdir: "a.b" }],
  ])("values: %j", (args, expected) => {
    expect(Object.fromEntries(parseArgs(vmRun, args).values)).toEqual(expected);
  });

  it.each([
    [["--rm"], ["rm"]],
    [
      ["-it", "--rm"],
      ["rm", "tty", "interactive"],
    ],
    [["--no-tty"], ["no-tty"]],
    [["-T"], ["no-tty"]],
    [["--rm=false"], []],
    [["-qT"], ["no-tty", "quiet"]],
    [
      ["--debug", "-h"],
      ["help", "debug"],
    ],
  ])("flags: %j", (args, expected) => {
    expect([...parseArgs(vmRun, args).flags]).toEqual(expected);
  });

  it.each([
    [
      ["-e", "A=1", "--env", "B=2", "-eC=3", "--env=D=4=5"],
      ["A=1", "B=2", "C=3", "D=4=5"],
    ],
    [["-e", "A.b=c d"], ["A.b=c d"]],
    [["-qe", "A=1"], ["A=1"]],
    [["-e", ""], [""]],
  ])("lists: %j", (args, expected) => {
    expect(parseArgs(vmRun, args).lists.get("env")).toEqual(expected);
  });

  it.each([
    ["vm run", ["--memry", "2G"], "has no option --memry", "did you mean --memory?"],
    ["vm run", ["--constructor"], "has no option --constructor", "lists them"],
    ["vm run", ["--__proto__", "x"], "has no option --", "lists them"],
    ["vm run", ["-x"], "has no option -x", "`banger vm run --help` lists them"],
    ["vm run", ["--memory"], "--memory needs a value", "write it as --memory SIZE"],
    ["vm run", ["--memory", "--rm"], "--memory needs a value", "write it as --memory SIZE"],
    ["vm run", ["-e"], "-e needs a value", "write it as --env NAME[=VALUE]"],
    ["vm run", ["a", "b"], '"b" is one argument too many', "with -- before a command"],
    ["vm delete", [], "at least one VM is missing", "write `banger vm delete <vm>…`"],
    ["vm exec", [], "a VM is missing", "write `banger vm exec <vm> -- command`"],
    ["vm list", ["x"], '"x" is one argument too many', "write `banger vm list`"],
  ])("%s %j is refused", (name, args, message, next) => {
    const command = [vmRun, vmDelete, vmExec, vmList].find(({ path }) => path === name) ?? vmRun;
    const error = caught(() => parseArgs(command, args));
    expect(error).toMatchObject({ code: "ERR_USAGE", message: expect.stringContaining(message) });
    expect(error).toMatchObject({ next: expect.stringContaining(next) });
  });

  it("help is never kept back by what is missing", () => {
    expect([...parseArgs(vmExec, ["--help"]).flags]).toEqual(["help"]);
  });
});

describe("the guest's command", () => {
  it.each([
    [
      ["--rm", "--", "ls", "--rm", "-l", "--", "x"],
      ["ls", "--rm", "-l", "--", "x"],
    ],
    [["--", "-x"], ["-x"]],
    [["--"], []],
    [["--rm"], null],
  ])("vm run %j", (args, expected) => {
    expect(parseArgs(vmRun, args).guestCommand).toEqual(expected);
  });

  it.each([
    [["web", "ls", "-l"], ["web"], ["ls", "-l"]],
    [["web", "--", "ls", "-l"], ["web"], ["ls", "-l"]],
    [["-e", "A=1", "web", "ls", "-e"], ["web"], ["ls", "-e"]],
    [["-eA=1", "web", "ls"], ["web"], ["ls"]],
    [["-Te", "A", "web", "ls"], ["web"], ["ls"]],
    [["--env=A", "web", "ls", "--", "x"], ["web"], ["ls", "--", "x"]],
    [["web", "-e", "A=1", "--", "ls"], ["web"], ["ls"]],
    [["web", "-T", "-u", "app", "--", "ls", "--", "-u"], ["web"], ["ls", "--", "-u"]],
    [["web"], ["web"], null],
    [["web", "--"], ["web"], []],
  ])("vm exec %j", (args, positionals, command) => {
    const parsed = parseArgs(vmExec, args);
    expect(parsed.positionals).toEqual(positionals);
    expect(parsed.guestCommand).toEqual(command);
  });
});

describe("an empty argument", () => {
  it.each([
    [vmExec, ["", "ls"]],
    [vmRun, [""]],
  ])("is nobody's name (%#)", (command, args) => {
    expect(caught(() => parseArgs(command, args))).toMatchObject({
      code: "ERR_USAGE",
      message: "an argument is empty",
    });
  });

  it.each([
    ["peer", networkOf],
    ["unpeer", networkChangesOf],
  ] as const)("is nobody's peer: --%s", (option, read) => {
    const args = parseArgs(option === "peer" ? vmRun : vmSet, [
      `--${option}`,
      "",
      ...(option === "peer" ? [] : ["web"]),
    ]);
    expect(caught(() => read(args))).toMatchObject({
      code: "ERR_USAGE",
      message: `--${option} takes a VM, and got nothing`,
    });
  });
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

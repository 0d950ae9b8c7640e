import { describe, expect, it } from "vitest";
import { opensshArguments, splitSshWords } from "../../../../src/cli/ssh/arguments.ts";
import { readOwnOptions } from "../../../../src/cli/ssh/own-client.ts";

const TARGET = {
  name: "web",
  address: "172.30.0.2",
  port: 22,
  identityFile: "/s/50%/id",
  knownHostsFile: '/s/a "b"/known_hosts',
  hostKeyAlias: "web.vm",
};

describe("what the user wrote for ssh", () => {
  it.each([
    [[], [], []],
    [["uptime"], [], ["uptime"]],
    [["ls", "-la"], [], ["ls", "-la"]],
    [["-A", "-L", "1:b:2", "-N"], ["-A", "-L", "1:b:2", "-N"], []],
    [["-NL", "1:b:2", "ls"], ["-NL", "1:b:2"], ["ls"]],
    [["-L1:b:2", "ls"], ["-L1:b:2"], ["ls"]],
    [["-tlroot", "ls"], ["-tlroot"], ["ls"]],
    [["-t", "--", "-x"], ["-t"], ["-x"]],
  ])("%j", (words, options, command) => {
    expect(splitSshWords(words)).toEqual({ options, command });
  });

  it("comes after what must not be loosened, and before the command", () => {
    const args = opensshArguments(TARGET, { options: ["-o", "StrictHostKeyChecking=no"], command: ["ls"] });
    expect(args.indexOf("StrictHostKeyChecking=yes")).toBeGreaterThan(0);
    expect(args.indexOf("StrictHostKeyChecking=yes")).toBeLessThan(args.indexOf("StrictHostKeyChecking=no"));
    expect(args.slice(-3)).toEqual(["root@172.30.0.2", "--", "ls"]);
    expect(args.slice(0, 4)).toEqual(["-F", "none", "-i", "/s/50%%/id"]);
    expect(args).toContain('UserKnownHostsFile="/s/a \\"b\\"/known_hosts"');
  });
});

describe("what our own client knows of ssh's options", () => {
  it("user and terminal", () => {
    expect(readOwnOptions([])).toEqual({ user: "root", tty: null });
    expect(readOwnOptions(["-l", "app", "-t"])).toEqual({ user: "app", tty: true });
    expect(readOwnOptions(["-lapp", "-T"])).toEqual({ user: "app", tty: false });
  });

  it("and says so of all others", () => {
    expect(() => readOwnOptions(["-A"])).toThrow(/does not know -A/);
  });
});

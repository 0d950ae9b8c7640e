import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Cli, runCli } from "./support/cli.ts";
import { FakeDaemon, VM } from "./support/daemon.ts";

let daemon: FakeDaemon;
let home: string;
beforeEach(async () => {
  const handlers = {
    "ssh.files": async () => ({ identityFile: "/s/ssh/id_ed25519", knownHostsFile: "/s/ssh/known_hosts" }),
  };
  daemon = await FakeDaemon.open({ handlers });
  daemon.vms.set(VM.id, { ...VM, name: "web" });
  home = daemon.env.HOME as string;
});
afterEach(() => daemon[Symbol.asyncDispose]());

const banger = (...args: string[]) => runCli(args, { env: daemon.env });

describe("ssh-config", () => {
  it("prints the lines, and with --install has the user's file include them, until --uninstall", async () => {
    const printed = await banger("ssh-config");
    expect(printed).toMatchObject({ status: 0, stderr: "" });
    expect(printed.text).toMatch(/^ {2}ProxyCommand env \S*XDG_CONFIG_HOME=.* internal ssh-proxy -- '%h'$/m);
    const before = await readdir(home);
    const installed = await banger("ssh-config", "--install");
    expect(installed).toMatchObject({ status: 0, text: "" });
    expect(installed.stderr).toContain("includes ");
    expect(installed.stderr).toContain("whatever HOME is");
    const own = path.join(daemon.env.XDG_STATE_HOME as string, "banger/ssh/config");
    expect(await readFile(own, "utf8")).toBe(printed.text);
    expect((await stat(own)).mode & 0o777).toBe(0o600);
    expect(await readFile(path.join(home, ".ssh/config"), "utf8")).toContain(`Include "${own}"\n`);
    expect((await banger("ssh-config", "--install")).stderr).toContain("is as it should be");
    expect((await banger("ssh-config", "--uninstall")).status).toBe(0);
    expect((await banger("ssh-config", "--uninstall")).stderr).toContain("has nothing of banger in it");
    expect(await readdir(path.dirname(own))).toEqual([]);
    await rm(daemon.env.XDG_STATE_HOME as string, { recursive: true });
    expect(await readdir(home)).toEqual(before);
  });

  it("says what it does not do", async () => {
    const both = await banger("ssh-config", "--install", "--uninstall");
    expect(both).toMatchObject({ status: 2, stderr: expect.stringContaining("opposites") });
    await writeFile(path.join(home, ".ssh"), "");
    const broken = await banger("ssh-config", "--install");
    expect(broken).toMatchObject({ status: 1, stderr: expect.stringContaining("by hand") });
  });

  it("is completed, and what ssh starts is not", async () => {
    expect((await banger("__complete", "ssh")).text).toBe("ssh-config\n");
    expect((await banger("__complete", "int")).text).toBe("");
  });
});

describe("internal ssh-proxy", () => {
  it("carries bytes both ways and ends with the guest's end", async () => {
    const input = randomBytes(3_000_000);
    const done = await new Cli(["internal", "ssh-proxy", "--", "WEB.vm"], { env: daemon.env, input })
      .finished;
    expect(done).toMatchObject({ status: 0, stderr: "" });
    expect(done.stdout.equals(input)).toBe(true);
  });

  it("says in a sentence that there is no such VM", async () => {
    const done = await banger("internal", "ssh-proxy", "--", "nope.vm");
    expect(done).toMatchObject({
      status: 1,
      text: "",
      stderr: expect.stringMatching(/^banger: there is no VM "nope"\n/),
    });
  });

  it("that is killed leaves the daemon with nothing open", async () => {
    const proxy = new Cli(["internal", "ssh-proxy", "--", "web.vm"], { env: daemon.env, input: null });
    proxy.child.stdin?.write("hello");
    await proxy.until(/hello/);
    proxy.child.kill("SIGHUP");
    expect((await proxy.finished).signal).toBe("SIGHUP");
    while (!daemon.sshds.every((each) => each.destroyed))
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(daemon.sshds).toHaveLength(1);
  });
});

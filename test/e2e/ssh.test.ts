import { mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateEd25519, parsePrivateKey } from "../../src/guest/config/ssh-key.ts";
import { mustRun } from "./support/run.ts";
import { CLI, Sandbox } from "./support/sandbox.ts";
import { Terminal } from "./support/terminal.ts";

let sandbox: Sandbox;
let knownHosts: string;
/** Without an `ssh` on PATH. */
let without: { env: NodeJS.ProcessEnv };

beforeAll(async () => {
  sandbox = await Sandbox.open();
  knownHosts = path.join(sandbox.state, "ssh", "known_hosts");
  const bin = path.join(sandbox.directory, "bin");
  await mkdir(bin);
  for (const program of ["sh", "env", "nsenter", "node"]) {
    const found = program === "node" ? process.execPath : (await mustRun("which", [program])).trim();
    await symlink(found, path.join(bin, program));
  }
  without = { env: { PATH: bin } };
  await sandbox.ok("vm", "create", "--name", "web", "--memory", "512M");
});

afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "web"]);
  await sandbox.close();
});

const clients = [
  ["OpenSSH's client", () => ({})],
  ["our own client", () => without],
] as const;

describe.each(clients)("vm ssh with %s", (_, environment) => {
  it("runs a command and passes on output, input and status, byte for byte", async () => {
    const input = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
    const done = await sandbox.run(["vm", "ssh", "web", "--", "cat; echo err >&2; exit 7"], {
      ...environment(),
      input,
    });
    expect(done.stderr).toBe("err\n");
    expect(done.stdout.equals(input)).toBe(true);
    expect(done.status).toBe(7);
  });

  it("gives a command the terminal that is asked for", async () => {
    const done = await sandbox.run(["vm", "ssh", "web", "--", "-tt", "tty"], environment());
    expect(done.stdout.toString()).toMatch(/^\/dev\/pts\/\d+\r\n$/);
  });

  it("refuses a host key that is not the one that banger gave", async () => {
    const before = await readFile(knownHosts, "utf8");
    const { publicKey } = parsePrivateKey(generateEd25519("other"), "other");
    await writeFile(
      knownHosts,
      before.replaceAll(/ssh-ed25519 \S+/g, publicKey.split(" ").slice(0, 2).join(" ")),
    );
    try {
      const done = await sandbox.run(["vm", "ssh", "web", "--", "touch /tmp/got-in"], environment());
      expect([125, 255]).toContain(done.status);
      expect(done.stderr).toMatch(/man.in.the.middle/);
      expect(done.stderr).toMatch(
        /not the one that banger gave web|does not have the host key that banger gave web/,
      );
    } finally {
      await writeFile(knownHosts, before);
    }
    expect((await sandbox.run(["vm", "exec", "web", "--", "test", "-e", "/tmp/got-in"])).status).toBe(1);
  });

  it("says what to do where no sshd listens", async () => {
    await sandbox.ok("vm", "exec", "web", "--wait", "system", "--", "systemctl", "stop", "ssh");
    const done = await sandbox.run(["vm", "ssh", "web", "--", "true"], environment());
    await sandbox.ok("vm", "exec", "web", "--", "systemctl", "start", "ssh");
    expect(done.status).toBe(125);
    expect(done.stderr).toContain("nothing in web listens on port 22");
    expect(done.stderr).toContain("banger vm shell web");
  });
});

describe("host keys (SSH-1)", () => {
  it("are pinned by name and address, for banger's own use", async () => {
    const { address } = await sandbox.json<{ address: string }>("vm", "show", "web");
    expect(await readFile(knownHosts, "utf8")).toContain(`web.vm,${address} ssh-ed25519 `);
    expect((await stat(knownHosts)).mode & 0o777).toBe(0o600);
  });

  it("cannot be loosened by options of the user's", async () => {
    const words = ["-G", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-A"];
    const settings = await sandbox.ok("vm", "ssh", "web", "--", ...words);
    expect(settings).toMatch(/^stricthostkeychecking true$/m);
    expect(settings).toMatch(new RegExp(`^userknownhostsfile "?${knownHosts}"?$`, "m"));
    expect(settings).toMatch(/^identitiesonly yes$/m);
    expect(settings).toMatch(/^forwardagent yes$/m);
  });

  it("stay a VM's over a restart, and are forgotten when it is deleted", async () => {
    const pinned = await readFile(knownHosts, "utf8");
    await sandbox.ok("vm", "restart", "web");
    expect(await readFile(knownHosts, "utf8")).toBe(pinned);
    expect(await sandbox.ok("vm", "ssh", "web", "hostname")).toBe("web\n");
    await sandbox.ok("vm", "create", "--no-start", "--name", "other");
    expect(await readFile(knownHosts, "utf8")).toContain("other.vm,");
    await sandbox.ok("vm", "rm", "other");
    expect(await readFile(knownHosts, "utf8")).toBe(pinned);
  });
});

describe("the guest's sshd (GST-4)", () => {
  it("has the settings that it was given", async () => {
    const settings = await sandbox.ok("vm", "ssh", "web", "sshd", "-T");
    for (const line of [
      /^permitrootlogin (prohibit|without)-password$/m,
      /^pubkeyauthentication yes$/m,
      /^passwordauthentication no$/m,
      /^kbdinteractiveauthentication no$/m,
      /^strictmodes yes$/m,
      /^loglevel INFO$/m,
    ]) {
      expect(settings).toMatch(line);
    }
    expect(await sandbox.ok("vm", "ssh", "web", "stat -c '%a %U' /root /root/.ssh")).toBe(
      "755 root\n700 root\n",
    );
  });

  it("lets nobody in by a password", async () => {
    const words = ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "true"];
    const done = await sandbox.run(["vm", "ssh", "web", "--", ...words]);
    expect(done.status).toBe(255);
    expect(done.stderr).toContain("Permission denied (publickey)");
  });
});

describe("vm ssh", () => {
  it("is a person's terminal, whose size the guest follows", async () => {
    const terminal = await Terminal.open(sandbox, `${CLI} vm ssh web; sleep 1000`);
    try {
      await terminal.shows(/root@web:~# *$/m);
      await terminal.resize(80, 25);
      // The size comes by another way than the keys, and later.
      await terminal.typeUntil(/^25 80$/m, "clear; stty size", "Enter");
      await terminal.type("exit", "Enter");
      await terminal.shows(/Connection to .* closed/);
    } finally {
      await terminal.close();
    }
  });

  it("says that a VM does not run, and that an option needs OpenSSH's client", async () => {
    const forwarding = await sandbox.run(["vm", "ssh", "web", "--", "-N", "-L", "1:b:2"], without);
    expect(forwarding.stderr).toMatch(/no `ssh` is installed.*-N\n.*apt-get install openssh-client/s);
    await sandbox.ok("vm", "stop", "web");
    const stopped = await sandbox.run(["vm", "ssh", "web"]);
    expect(stopped).toMatchObject({ status: 125, stderr: expect.stringContaining("banger vm start web") });
  });
});

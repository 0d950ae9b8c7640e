import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Person } from "./support/person.ts";
import { bringRsync } from "./support/rsync.ts";
import { eventually, mustRun } from "./support/run.ts";
import { ROOT, Sandbox } from "./support/sandbox.ts";

const MIB = 1024 ** 2;
/** Everything below lies in a directory whose name is hard on whoever forgets to quote. */
const PARENT = path.join(ROOT, "build/e2e/it's a 50% [b]");
const OWN_LINES = "Host *\r\n  User nobody\n\n# the end, without a line end";

let sandbox: Sandbox;
let person: Person;
let home: string;
let big: Buffer;
let bigFile: string;

beforeAll(async () => {
  await mkdir(PARENT, { recursive: true });
  sandbox = await Sandbox.open({ parent: PARENT });
  // Without a percent sign: ssh itself cannot write such a home down.
  home = await mkdtemp(path.join(os.tmpdir(), "banger person "));
  await mkdir(path.join(home, ".ssh"), { mode: 0o700 });
  await writeFile(path.join(home, ".ssh/config"), OWN_LINES, { mode: 0o600 });
  person = await Person.at(home);
  big = randomBytes(2 * MIB);
  bigFile = path.join(home, "big file");
  await writeFile(bigFile, big);
  await sandbox.ok("vm", "create", "--name", "web", "--memory", "512M");
  expect(await setUp("--install")).toMatchObject({ status: 0 });
});

afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "web"]);
  await sandbox.close();
  await rm(`${home}.passwd`);
  await rm(home, { recursive: true });
  await rm(PARENT, { recursive: true, force: true });
});

const setUp = (option: string) => sandbox.run(["ssh-config", option], { env: { HOME: home } });
const inGuest = (script: string) => sandbox.ok("vm", "exec", "web", "--", "sh", "-c", script);

describe("by <name>.vm, without name service, address or network", () => {
  it("ssh runs a command, once sshd is up, and passes on what it says", async () => {
    const bytes = randomBytes(16 * MIB);
    const done = await person.run("ssh", ["web.vm", "id -un; cat; echo err >&2; exit 7"], bytes);
    expect(done.stderr).toBe("err\n");
    expect(done.status).toBe(7);
    expect(done.stdout.subarray(0, 5).toString()).toBe("root\n");
    expect(done.stdout.subarray(5).equals(bytes)).toBe(true);
    expect(await person.ok("ssh", "WEB.vm", "hostname")).toBe("web\n");
  });

  it("ssh still goes where the guest has no network at all", async () => {
    await inGuest("ip link set eth0 down");
    expect(await person.ok("ssh", "web.vm", "ip -4 -o addr show up scope global")).toBe("");
    await inGuest("ip link set eth0 up");
  });

  it("scp copies both ways", async () => {
    await person.ok("scp", bigFile, "web.vm:there");
    await person.ok("scp", "web.vm:there", "back by scp");
    expect((await readFile(path.join(home, "back by scp"))).equals(big)).toBe(true);
  });

  it("sftp copies both ways", async () => {
    const batch = 'put "big file" sftp-there\nget sftp-there "back by sftp"\nls -l\n';
    const done = await person.run("sftp", ["-b", "-", "web.vm"], batch);
    expect(done.status, done.stderr).toBe(0);
    expect(done.stdout.toString()).toContain("sftp-there");
    expect((await readFile(path.join(home, "back by sftp"))).equals(big)).toBe(true);
  });

  it("rsync copies a tree, and only what changed", async () => {
    await bringRsync(sandbox);
    const tree = path.join(home, "tree");
    await mkdir(path.join(tree, "sub"), { recursive: true });
    await writeFile(path.join(tree, "sub/a b"), "one");
    await writeFile(path.join(tree, "big"), big);
    const rsync = () =>
      person.ok(
        "rsync",
        "-a",
        "--itemize-changes",
        "--rsync-path=/opt/rsync/run",
        "-e",
        "ssh",
        "tree/",
        "web.vm:tree/",
      );
    expect(await rsync()).toContain("<f+++++++++ big");
    expect(await inGuest("cat '/root/tree/sub/a b'; sha256sum < /root/tree/big")).toBe(
      `one${await mustRun("sh", ["-c", 'sha256sum < "$0"', bigFile])}`,
    );
    await writeFile(path.join(tree, "sub/a b"), "other");
    expect((await rsync()).match(/^<f.*$/gm)).toEqual([expect.stringContaining("sub/a b")]);
  });

  it("git pushes and fetches", async () => {
    await inGuest("git init -q --bare -b main /root/repo.git");
    const git = (...args: string[]) =>
      person.ok("git", "-C", "work", "-c", "user.name=A", "-c", "user.email=a@example.org", ...args);
    await person.ok("git", "init", "-q", "-b", "main", "work");
    await writeFile(path.join(home, "work/data"), big);
    await git("add", "data");
    await git("commit", "-qm", "one");
    await git("push", "-q", "web.vm:repo.git", "main");
    const head = await git("rev-parse", "HEAD");
    expect(await inGuest("git -C /root/repo.git rev-parse main")).toBe(head);
    await person.ok("git", "clone", "-q", "ssh://web.vm/root/repo.git", "clone");
    expect((await readFile(path.join(home, "clone/data"))).equals(big)).toBe(true);
  });

  it("many connections at once do not mix", async () => {
    const parts = Array.from({ length: 6 }, () => randomBytes(MIB));
    const done = await Promise.all(parts.map((part) => person.run("ssh", ["web.vm", "cat"], part)));
    for (const [index, { status, stdout, stderr }] of done.entries()) {
      expect(status, stderr).toBe(0);
      expect(stdout.equals(parts[index] as Buffer)).toBe(true);
    }
  });
});

describe("what goes wrong", () => {
  it.each(["SIGINT", "SIGKILL"] as const)(
    "a client that ends by %s leaves nothing behind",
    async (signal) => {
      const ssh = person.start("ssh", ["web.vm", "echo ready; exec sleep 1000"]);
      await ssh.until(/ready/);
      expect((await sandbox.json<{ operations: number }>("daemon", "status")).operations).toBe(1);
      ssh.child.kill(signal);
      await ssh.finished;
      await eventually(async () => {
        const { operations } = await sandbox.json<{ operations: number }>("daemon", "status");
        return operations === 0 && (await inGuest("ss -Htn state established 'sport = :22'")) === "";
      }, "the daemon has no stream and the guest no connection");
    },
  );

  it("a name that is no VM's, or only the beginning of one, is said in a sentence", async () => {
    const unknown = await person.run("ssh", ["nobody.vm", "true"]);
    expect(unknown.status).toBe(255);
    expect(unknown.stderr).toMatch(/^banger: there is no VM "nobody"\n/);
    const prefix = await person.run("ssh", ["we.vm", "true"]);
    expect(prefix).toMatchObject({ status: 255, stderr: expect.stringContaining("did you mean web.vm?") });
  });

  it("another host key is refused, and nothing is run", async () => {
    const knownHosts = path.join(sandbox.state, "ssh/known_hosts");
    const before = await readFile(knownHosts, "utf8");
    const other = `ssh-ed25519 ${Buffer.concat([Buffer.from("0000000b7373682d6564323535313900000020", "hex"), randomBytes(32)]).toString("base64")}`;
    await writeFile(knownHosts, before.replaceAll(/ssh-ed25519 \S+/g, other));
    const done = await person.run("ssh", ["-o", "StrictHostKeyChecking=yes", "web.vm", "touch /root/got-in"]);
    await writeFile(knownHosts, before);
    expect(done.status).toBe(255);
    expect(done.stderr).toMatch(/HOST IDENTIFICATION HAS CHANGED/);
    expect(await inGuest("ls /root")).not.toContain("got-in");
  });

  it("a guest without sshd, and a VM that does not run", async () => {
    await sandbox.ok("vm", "exec", "--wait", "system", "web", "--", "systemctl", "stop", "ssh");
    const without = await person.run("ssh", ["web.vm", "true"]);
    await inGuest("systemctl start ssh");
    expect(without).toMatchObject({ status: 255, stderr: expect.stringContaining("nothing in web listens") });
    await sandbox.ok("vm", "kill", "web");
    const stopped = await person.run("ssh", ["web.vm", "true"]);
    expect(stopped.status).toBe(255);
    expect(stopped.stderr).toMatch(/^banger: web is not running\n {2}`banger vm start web`\n/);
  });
});

describe("a user's own configuration", () => {
  it("comes back byte for byte, and nothing else of his home was changed", async () => {
    const config = path.join(home, ".ssh/config");
    expect(await readFile(config, "utf8")).toContain(OWN_LINES);
    expect(await setUp("--uninstall")).toMatchObject({ status: 0 });
    expect(await readFile(config, "utf8")).toBe(OWN_LINES);
    const names = await mustRun("sh", ["-c", 'cd "$0" && find . -name .ssh -prune -exec ls -A {} +', home]);
    expect(names).toBe("config\n");
    expect(await person.ok("ssh", "-G", "web.vm")).toMatch(/^user nobody$/m);
  });

  it("is not needed: the printed lines do for -F", async () => {
    await writeFile(path.join(home, "vms.conf"), await sandbox.ok("ssh-config"));
    const settings = await person.ok("ssh", "-F", path.join(home, "vms.conf"), "-G", "web.vm");
    expect(settings).toMatch(/^user root$/m);
    expect(settings).toContain("internal ssh-proxy -- '%h'");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GuestServers, type Ports } from "./support/guest-servers.ts";
import { eventually, type Finished } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let servers: GuestServers;
/** What `vm create` said on stderr. */
let said: string;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  servers = new GuestServers(sandbox);
  const made = await sandbox.run([
    ...["vm", "create", "--name", "web", "--memory", "512M", "--disk-size", "1G"],
    ...["-p", "8080:80", "-p", "80", "-p", "5300:5300/udp"],
  ]);
  if (made.status !== 0) throw new Error(made.stderr);
  said = made.stderr;
  await servers.serve("web", 80, "hello");
  await eventually(async () => (await servers.get(8080)) === "hello", "the guest's server answers");
});

afterAll(async () => {
  try {
    await sandbox.deleteVms();
  } finally {
    await sandbox.close();
  }
});

const ports = () => sandbox.json<Ports>("vm", "ports", "web");
const chosen = async () => (await ports()).published[1]?.hostPort ?? 0;

function expectAdvice(done: Finished, sentence: RegExp, next: RegExp): void {
  expect(done.status, done.stderr).not.toBe(0);
  expect(done.stderr).toMatch(sentence);
  expect(done.stderr).toMatch(next);
}

describe("published ports (NET-6)", () => {
  it("lead to the guest; the free one was told, and leads there too", async () => {
    const port = await chosen();
    expect(said).toContain(`published: 127.0.0.1:${port} -> 80/tcp`);
    expect(await servers.get(port)).toBe("hello");
    expect(await sandbox.ok("vm", "show", "web")).toMatch(
      new RegExp(
        `^ports: +127\\.0\\.0\\.1:8080 -> 80/tcp, 127\\.0\\.0\\.1:${port} -> 80/tcp, 127\\.0\\.0\\.1:5300 -> 5300/udp$`,
        "m",
      ),
    );
  });

  it("carry datagrams and their answers", async () => {
    const echo = `use IO::Socket::INET;
      my $s = IO::Socket::INET->new(Proto => "udp", LocalPort => 5300) or die $!;
      while (defined $s->recv(my $text, 2048)) { $s->send("you said $text") }`;
    await servers.leave("web", "perl", "-e", echo);
    const ask = `use IO::Socket::INET;
      my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1", PeerPort => 5300) or die $!;
      $s->send("hi"); alarm 2; $s->recv(my $text, 2048); print $text`;
    await eventually(async () => {
      const { stdout } = await servers.start("perl", "-e", ask).finished;
      return stdout.toString() === "you said hi";
    }, "the guest's echo answers");
  });

  it("are added and taken back while the VM runs", async () => {
    expect(await sandbox.ok("vm", "set", "-p", "8081:80", "web")).toBe("web\n");
    expect(await servers.get(8081)).toBe("hello");
    await sandbox.ok("vm", "set", "--unpublish", "8081", "-p", "8082:80", "web");
    expect(await servers.get(8081)).toMatch(/refused|Couldn't connect|Failed to connect/);
    expect(await servers.get(8082)).toBe("hello");
    await sandbox.ok("vm", "set", "--unpublish", "8082", "web");
    expect(await servers.get(8080)).toBe("hello");
  });

  it("that another VM has, or another program, are refused before the boot, and nothing is left", async () => {
    const before = await sandbox.inventory();
    expectAdvice(
      await sandbox.run(["vm", "create", "-p", "8080:80"]),
      /port 127\.0\.0\.1:8080 of this host is taken: VM web publishes it/,
      /--unpublish 127\.0\.0\.1:8080 web/,
    );
    const holder = servers.start(
      ...(["perl", "-MIO::Socket::INET", "-e"] as const),
      'my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8888, Listen => 1) or die $!; $| = 1; print "on\\n"; sleep',
    );
    try {
      await holder.until(/on/);
      const taken = await sandbox.run(["vm", "run", "--rm", "-p", "8888:80", "--", "true"]);
      expectAdvice(taken, /8888 of this host is taken: perl \(pid \d+\) has it/, /-p 80/);
      const live = await sandbox.run(["vm", "set", "-p", "8889:80", "-p", "8888:80", "web"]);
      expectAdvice(live, /8888 of this host is taken: perl/, /-p 80/);
      expect(await servers.get(8889)).not.toBe("hello");
    } finally {
      holder.child.kill("SIGKILL");
      await holder.finished;
    }
    expect(await sandbox.inventory()).toEqual(before);
    expect(await servers.get(8080)).toBe("hello");
  });

  it("are there again when a daemon that was killed has a successor, and closed while there is none", async () => {
    const port = await chosen();
    await sandbox.killDaemon();
    expect(await servers.get(8080)).not.toBe("hello");
    expect(await ports()).toMatchObject({ published: [{ hostPort: 8080 }, { hostPort: port }, {}] });
    for (const each of [8080, port]) expect(await servers.get(each)).toBe("hello");
    expect(await sandbox.ok("daemon", "stop")).toMatch(/1 VM runs on; 3 published ports are closed until/);
    expect(await servers.get(8080)).not.toBe("hello");
    await sandbox.ok("daemon", "start");
    expect(await servers.get(8080)).toBe("hello");
  });
});

describe("published ports over stop and start", () => {
  it("are closed with the VM, changed while it is stopped, and the same at its next start", async () => {
    const port = await chosen();
    await sandbox.ok("vm", "stop", "web");
    expect(await servers.get(8080)).not.toBe("hello");
    await sandbox.ok("vm", "set", "-p", "9000:80", "web");
    const stopped = await sandbox.run(["vm", "ports", "web"]);
    expect(stopped.stdout.toString()).toMatch(/^tcp +web\.vm:80 +127\.0\.0\.1:9000 +--$/m);
    expect(stopped.stderr).toMatch(/web is not running/);
    await sandbox.ok("vm", "start", "web");
    await servers.serve("web", 80, "again");
    for (const each of [8080, port, 9000])
      await eventually(async () => (await servers.get(each)) === "again", `the guest answers at ${each}`);
    await sandbox.ok("vm", "rm", "--force", "web");
    for (const each of [8080, port, 9000]) expect(await servers.get(each)).not.toBe("again");
  });
});

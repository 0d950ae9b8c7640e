import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GuestServers, type Ports } from "./support/guest-servers.ts";
import { eventually } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let servers: GuestServers;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  servers = new GuestServers(sandbox);
  const size = ["--memory", "512M", "--disk-size", "1G"];
  await sandbox.ok(
    "vm",
    "create",
    "--name",
    "web",
    ...size,
    "-p",
    "8080:80",
    "-p",
    "8081:80",
    "-p",
    "5300:5300/udp",
  );
  await servers.serve("web", 80, "hello");
});

afterAll(async () => {
  try {
    await sandbox.deleteVms();
  } finally {
    await sandbox.close();
  }
});

const ports = () => sandbox.json<Ports>("vm", "ports", "web");

describe("vm ports (NET-5)", () => {
  it("names what listens, tells http and https apart, and shows what is published", async () => {
    await sandbox.ok(
      ...["vm", "exec", "web", "--", "sh", "-c"],
      "cd /root && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=web -keyout k -out c 2>/dev/null",
    );
    const tls = [
      "openssl",
      "s_server",
      "-quiet",
      "-www",
      "-accept",
      "443",
      "-key",
      "/root/k",
      "-cert",
      "/root/c",
    ];
    await servers.leave("web", ...tls);
    await servers.serve("web", 5432, "inside", "127.0.0.1");
    const at = (all: Ports, port: number) => all.listeners.filter((each) => each.port === port);
    const found = await eventually(async () => {
      const all = await ports();
      const there = at(all, 443)[0]?.protocol === "https" && at(all, 5432)[0]?.protocol === "http";
      return there && at(all, 80)[0]?.protocol === "http" && at(all, 22).length > 0 ? all : null;
    }, "all of them listen");
    expect(at(found, 443)).toMatchObject([{ endpoint: "https://web.vm:443", process: "openssl" }]);
    expect(at(found, 80)).toMatchObject([
      { endpoint: "http://web.vm:80", process: "perl", guestOnly: false },
    ]);
    expect(at(found, 5432)).toMatchObject([{ endpoint: "http://127.0.0.1:5432", guestOnly: true }]);
    // IPv4 and IPv6, one service.
    expect(at(found, 22)).toMatchObject([{ protocol: "tcp", addresses: ["0.0.0.0", "::"], process: "sshd" }]);
    const text = await sandbox.ok("vm", "ports", "web");
    expect(text).toMatch(/^PROTO +ENDPOINT +PUBLISHED +PROCESS +COMMAND$/m);
    expect(text).toMatch(
      /^http +http:\/\/web\.vm:80 +http:\/\/127\.0\.0\.1:8080, http:\/\/127\.0\.0\.1:8081 +perl/m,
    );
    expect(text).toMatch(/^https +https:\/\/web\.vm:443 +-- +openssl +openssl s_server/m);
    expect(text).toMatch(/^udp +web\.vm:5300 +127\.0\.0\.1:5300 +--$/m);
    expect(text).toMatch(/^http +http:\/\/127\.0\.0\.1:5432 \(in the guest only\) +-- +perl/m);
  });

  it("shows what a program calls itself without doing what it says", async () => {
    const script = `use IO::Socket::INET; $0 = "\\e[2J\\x{9b}31mevil\\n";
      my $s = IO::Socket::INET->new(LocalPort => 6666, Listen => 1) or die $!; sleep`;
    await servers.leave("web", "perl", "-e", script);
    const text = await eventually(async () => {
      const all = await sandbox.ok("vm", "ports", "web");
      return all.includes("6666") ? all : null;
    }, "it listens");
    expect(text).toContain("\\u001b[2J");
    expect(text).not.toContain("\u001b");
  });

  it("says of a published port why it leads to nobody", async () => {
    await sandbox.ok("vm", "set", "-p", "5432:5432", "web");
    const text = await sandbox.ok("vm", "ports", "web");
    expect(text).toMatch(
      /127\.0\.0\.1:5432: in the guest only http:\/\/127\.0\.0\.1:5432 listens.*0\.0\.0\.0/,
    );
    await sandbox.ok("vm", "set", "--unpublish", "5432", "web");
  });
});

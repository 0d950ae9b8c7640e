import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Internet, PRIVATE, PUBLIC } from "./support/internet.ts";
import { eventually, mustRun } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let internet: Internet;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  internet = await Internet.open(sandbox);
  await sandbox.ok("vm", "create", "--name", "web", "--memory", "512M");
});
afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "web", "db"]);
  await internet.close();
  await sandbox.close();
});

const inHost = (...args: string[]) => mustRun("nsenter", [`--net=/run/netns/${sandbox.netns}`, ...args]);
const forwarding = async (link: string) =>
  (await inHost("cat", `/proc/sys/net/ipv4/conf/${link}/forwarding`)).trim();

/** What curl in a guest gets from there, or its status. */
async function get(vm: string, address: string): Promise<string> {
  const done = await sandbox.run([
    ...[
      "vm",
      "exec",
      vm,
      "--",
      "curl",
      "-sS",
      "--connect-timeout",
      "5",
      "--retry",
      "0",
      `http://${address}/`,
    ],
  ]);
  return done.status === 0 ? done.stdout.toString() : `curl: ${done.status}`;
}

const NOTHING = expect.stringMatching(/^curl: (7|28)$/);
const AS_HOST = `::ffff:${Internet.host}`;

describe("what a guest reaches (NET-3)", () => {
  it("with nothing said: the internet, by the host's address, and nothing private", async () => {
    const run = ["vm", "run", "--rm", "--memory", "512M", "--", "curl", "-sS", "--connect-timeout", "20"];
    const done = await sandbox.run([...run, `http://${PUBLIC}/`]);
    expect(done.stdout.toString(), done.stderr).toBe(AS_HOST);
    expect(await get("web", PUBLIC)).toBe(AS_HOST);
    expect(await get("web", PRIVATE)).toEqual(NOTHING);
  });

  it("of the host the resolver alone", async () => {
    const { address } = await sandbox.json<{ address: string }>("vm", "show", "web");
    const gateway = address.replace(/\.\d+$/, ".1");
    for (const host of [gateway, Internet.host]) expect(await get("web", host)).toEqual(NOTHING);
    expect(await sandbox.ok("vm", "exec", "web", "--", "getent", "hosts", "web.vm")).toContain(address);
  });

  it("nothing by IPv6, of which its link knows nothing (NET-1)", async () => {
    const addresses = await sandbox.ok("vm", "exec", "web", "--", "cat", "/proc/net/if_inet6");
    // Address, index, prefix length, scope, flags, link.
    expect(
      addresses
        .trim()
        .split("\n")
        .map((line) => line.split(/\s+/).at(-1)),
    ).toEqual(["lo"]);
  });

  it("changes at once by `vm set`", async () => {
    await sandbox.ok("vm", "set", "--net", "full", "web");
    expect(await get("web", PRIVATE)).toBe(AS_HOST);
    await sandbox.ok("vm", "set", "--net", "none", "web");
    for (const address of [PUBLIC, PRIVATE]) expect(await get("web", address)).toEqual(NOTHING);
    expect((await sandbox.json<{ net: string }>("vm", "show", "web")).net).toBe("none");
    await sandbox.ok("vm", "restart", "web");
    expect(await get("web", PUBLIC)).toEqual(NOTHING);
    await sandbox.ok("vm", "set", "--net", "public", "web");
    expect(await get("web", PUBLIC)).toBe(AS_HOST);
  });

  it("other guests only as peers, whichever of the two named the other", async () => {
    await sandbox.ok("vm", "create", "--name", "db", "--memory", "512M", "--peer", "web");
    const address = async (vm: string) => (await sandbox.json<{ address: string }>("vm", "show", vm)).address;
    const [web, db] = [await address("web"), await address("db")];
    const knock = async (from: string, to: string) =>
      (
        await sandbox.run([
          "vm",
          "exec",
          from,
          "--",
          "curl",
          "-s",
          "--connect-timeout",
          "5",
          `http://${to}:22/`,
        ])
      ).status;
    // What sshd says is no HTTP; a refusal is 7.
    const met = async (from: string, to: string) => (await knock(from, to)) !== 7;
    await eventually(() => met("web", db), "sshd of db answers web");
    await eventually(() => met("db", web), "sshd of web answers db");
    await sandbox.ok("vm", "set", "--unpeer", "web", "db");
    expect(await knock("web", db)).toBe(7);
    expect(await knock("db", web)).toBe(7);
    await sandbox.ok("vm", "rm", "--force", "db");
  });
});

describe("the host", () => {
  it("is closed while somebody flushes its rules, and has them back within seconds", async () => {
    await inHost("nft", "flush", "ruleset");
    expect(await get("web", PRIVATE)).toEqual(NOTHING);
    await eventually(async () => (await get("web", PUBLIC)) === AS_HOST, "the rules are back");
  });

  it("keeps guests' rules when its daemon dies; the next one takes them over", async () => {
    await sandbox.killDaemon();
    expect(await inHost("nft", "list", "table", "inet", "banger")).toContain("masquerade");
    expect(await get("web", PUBLIC)).toBe(AS_HOST);
    expect(await get("web", PRIVATE)).toEqual(NOTHING);
  });

  it("lets guests through a firewall that refuses what it does not know", async () => {
    const table = "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }\n}";
    await inHost("nft", table);
    await eventually(async () => (await get("web", PUBLIC)) === AS_HOST, "the way is open");
    expect(await get("web", PRIVATE)).toEqual(NOTHING);
    await inHost("nft", "delete", "table", "ip", "filter");
  });

  it("forwards for guests only, and not any more when the daemon was stopped, though it was killed before", async () => {
    expect(await forwarding("up0")).toBe("1");
    expect(await inHost("nft", "list", "set", "inet", "banger", "opened")).toContain("up0");
    await sandbox.killDaemon();
    expect(await sandbox.ok("daemon", "stop")).toMatch(/^it did not run; 1 VM runs on/);
    await sandbox.ok("vm", "stop", "web");
    await sandbox.killDaemon();
    expect(await sandbox.ok("daemon", "stop")).toBe("it did not run; what it had left is taken away\n");
    expect(await forwarding("up0")).toBe("0");
    expect(await inHost("nft", "list", "ruleset")).toBe("");
    expect(await inHost("ip", "-brief", "link")).not.toMatch(/^b(anger|gr)/m);
  });
});

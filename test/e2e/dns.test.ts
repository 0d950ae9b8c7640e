import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually, mustRun, Running } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open();
});

afterEach(() => sandbox.deleteVms());
afterAll(() => sandbox.close());

const HOST = ["@127.0.0.1", "-p", "42069"];
const GATEWAY = ["@172.30.0.1"];

const inside = (...command: string[]) =>
  ["nsenter", `--net=/run/netns/${sandbox.netns}`, ...command] as const;

/** Code and answers, as a program of the sandbox's host gets them. */
async function dig(...args: string[]): Promise<string> {
  const [program, ...rest] = inside("dig", "+tries=5", "+time=60", ...args);
  const text = await mustRun(program, rest);
  const answers = /;; ANSWER SECTION:\n([\s\S]*?)\n\n/.exec(text)?.[1]?.split("\n") ?? [];
  return [/status: (\w+)/.exec(text)?.[1], ...answers.map((line) => line.split(/\s+/)[4])].join(" ");
}

const sh = async (vm: string, script: string) => {
  const done = await sandbox.run(["vm", "exec", vm, "--", "sh", "-c", script]);
  return `${done.status} ${done.stdout}${done.stderr}`;
};

interface Status {
  dns: {
    host: { at: string; problem: string | null };
    guests: { at: string; problem: string | null } | null;
  };
}

describe("names of VMs (NET-4)", () => {
  it("are there while they run, by both transports and both ways", async () => {
    await sandbox.ok("vm", "create", "--name", "web", "--memory", "512M");
    const { address } = await sandbox.json<{ address: string }>("vm", "show", "web");
    for (const how of ["+notcp", "+tcp"]) {
      expect(await dig(...HOST, how, "web.vm")).toBe(`NOERROR ${address}`);
      expect(await dig(...HOST, how, "-x", address)).toBe("NOERROR web.vm.");
      expect(await dig(...HOST, how, "other.vm")).toBe("NXDOMAIN");
      expect(await dig(...HOST, how, "example.com")).toBe("REFUSED");
    }
    await sandbox.ok("vm", "stop", "web");
    expect(await dig(...HOST, "web.vm")).toBe("NXDOMAIN");
    expect(await dig(...HOST, "-x", address)).toBe("NXDOMAIN");
    await sandbox.ok("vm", "start", "web");
    expect(await dig(...HOST, "web.vm")).toBe(`NOERROR ${address}`);
    const { id } = await sandbox.json<{ id: string }>("vm", "show", "web");
    process.kill(sandbox.vmmPid(id), "SIGKILL");
    await eventually(async () => (await dig(...HOST, "web.vm")) === "NXDOMAIN", "the death is noticed");
    await sandbox.ok("vm", "rm", "web");
    expect(await dig(...HOST, "web.vm")).toBe("NXDOMAIN");
  });

  it("are there again after the daemon's death, for guests too", async () => {
    await sandbox.ok("vm", "create", "--name", "survivor", "--memory", "512M");
    const { address } = await sandbox.json<{ address: string }>("vm", "show", "survivor");
    await sandbox.killDaemon();
    await sandbox.ok("daemon", "start");
    expect(await dig(...HOST, "survivor.vm")).toBe(`NOERROR ${address}`);
    expect(await dig(...GATEWAY, "survivor.vm")).toBe(`NOERROR ${address}`);
    expect(await sh("survivor", "getent hosts survivor.vm")).toContain(address);
    const { dns } = await sandbox.json<Status>("daemon", "status");
    expect(dns).toMatchObject({
      host: { at: "127.0.0.1:42069", problem: null },
      guests: { at: "172.30.0.1:53", problem: null },
    });
    expect(await sandbox.ok("daemon", "status")).toMatch(/DNS: +127\.0\.0\.1:42069/);
  });

  it("are known to guests, each other's and their own", async () => {
    await Promise.all(
      ["left", "right"].map((name) => sandbox.ok("vm", "create", "--name", name, "--memory", "512M")),
    );
    const vms = await sandbox.json<{ name: string; address: string }[]>("vm", "list");
    for (const { name, address } of vms) {
      for (const from of ["left", "right"]) {
        expect(await sh(from, `getent ahostsv4 ${name}.vm | cut -d' ' -f1 | sort -u`)).toBe(`0 ${address}\n`);
      }
    }
    expect(await sh("left", "getent hosts gone.vm")).toMatch(/^2 /);
    await sandbox.ok("vm", "stop", "right");
    expect(await sh("left", "getent hosts right.vm")).toMatch(/^2 /);
  });
});

describe("a port that somebody has (DMN-1)", () => {
  it("keeps no VM from running, is told with its fix, and is taken when it is free", async () => {
    await sandbox.ok("daemon", "stop");
    const script = "require('net').createServer().listen(42069, '127.0.0.1', () => console.log('taken'))";
    const [program, ...args] = inside(process.execPath, "-e", script);
    const holder = new Running(program, args, {});
    await holder.until(/taken/);
    try {
      const before = await sandbox.json<{ checks: { id: string; status: string; next: string }[] }>("doctor");
      expect(before.checks.find(({ id }) => id === "dns")).toMatchObject({ status: "warn" });
      await sandbox.ok("vm", "create", "--name", "anyway", "--memory", "512M");
      const { dns } = await sandbox.json<Status>("daemon", "status");
      expect(dns.host.problem).toContain("another program has the port");
      const after = await sandbox.json<{ checks: { id: string; status: string; next: string }[] }>("doctor");
      expect(after.checks.find(({ id }) => id === "dns")).toMatchObject({
        status: "warn",
        next: expect.stringContaining('"127.0.0.1:42070"'),
      });
      expect(await sh("anyway", "getent hosts anyway.vm")).toMatch(/^0 /);
    } finally {
      holder.child.kill();
      await holder.finished;
    }
    await eventually(async () => {
      const { dns } = await sandbox.json<Status>("daemon", "status");
      return dns.host.problem === null;
    }, "the port is taken");
    expect(await dig(...HOST, "anyway.vm")).toMatch(/^NOERROR 172/);
  });
});

describe("`daemon stop`", () => {
  it("leaves no socket, with VMs or without", async () => {
    const sockets = async () => {
      const [program, ...args] = inside("ss", "-lntuH");
      return (await mustRun(program, args)).split("\n").filter((line) => /:(42069|53)\s/.test(line));
    };
    await sandbox.ok("vm", "create", "--name", "stays", "--memory", "512M");
    expect(await sockets()).toHaveLength(4);
    await sandbox.ok("daemon", "stop");
    expect(await sockets()).toEqual([]);
    await sandbox.ok("vm", "rm", "-f", "stays");
    expect(await sockets()).toHaveLength(4);
    await sandbox.ok("daemon", "stop");
    expect(await sockets()).toEqual([]);
    expect((await sandbox.inventory()).links).toEqual(["lo"]);
  });
});

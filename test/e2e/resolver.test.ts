import { mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Internet, PUBLIC } from "./support/internet.ts";
import { NameServer } from "./support/name-server.ts";
import { eventually, type Finished, mustRun, Running } from "./support/run.ts";
import { CLI, Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let internet: Internet;
let server: NameServer;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  internet = await Internet.open(sandbox);
  server = await NameServer.open(internet);
  await resolvConf(server.address);
  await startDaemon();
  await Promise.all(["web", "db"].map(create));
});
afterAll(async () => {
  await sandbox.deleteVms();
  await server.close();
  await internet.close();
  await sandbox.close();
});

const hostFile = () => path.join(sandbox.directory, "resolv.conf");
/** What the host's programs ask, from now on. */
const resolvConf = (...servers: string[]) =>
  writeFile(hostFile(), servers.map((each) => `nameserver ${each}\n`).join(""));

/** A daemon for which /etc/resolv.conf is the test's own. */
function daemon(): Promise<Finished> {
  const script = `mount --bind ${hostFile()} /etc/resolv.conf; exec "$@"`;
  const start = ["nsenter", `--net=/run/netns/${sandbox.netns}`, CLI, "daemon", "start"];
  const argv = ["--mount", "--propagation", "private", "sh", "-ec", script, "sh", ...start];
  return new Running("unshare", argv, { env: sandbox.env, input: "" }).finished;
}

async function startDaemon(): Promise<void> {
  const { status, stderr } = await daemon();
  if (status !== 0) throw new Error(stderr);
}

const create = (name: string) => sandbox.ok("vm", "create", "--name", name, "--memory", "512M");
const addressOf = async (name: string) =>
  (await sandbox.json<{ address: string }>("vm", "show", name)).address;

/** The addresses that a guest's C library has for a name; its status where it has none. */
async function lookUp(vm: string, name: string, options = ""): Promise<string> {
  const look = ["env", `RES_OPTIONS=${options}`, "getent", "ahostsv4", name];
  const { status, stdout } = await sandbox.run(["vm", "exec", vm, "--", ...look]);
  if (status !== 0) return `status ${status}`;
  return [
    ...new Set(
      stdout
        .toString()
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[0]),
    ),
  ].join(" ");
}

/** There is none, or nobody who knows. */
const NONE = "status 2";
/** A question that gets no answer ends after one attempt. */
const BRIEFLY = "timeout:1 attempts:1";

const inHost = (...command: string[]) =>
  mustRun("nsenter", [`--net=/run/netns/${sandbox.netns}`, ...command]);
const listeners = async () =>
  (await inHost("ss", "-lntuH")).split("\n").filter((line) => /:(42069|53)\s/.test(line)).length;

describe("names of the world, in a guest (NET-3, NET-4)", () => {
  it("are what the host's resolver says, by UDP and TCP, and lead there", async () => {
    expect(await lookUp("web", "www.example.com")).toBe(PUBLIC);
    expect(await lookUp("web", "www.example.com", "use-vc")).toBe(PUBLIC);
    expect(await lookUp("web", "gone.example.com")).toBe(NONE);
    const get = ["curl", "-sS", "--connect-timeout", "20", "http://www.example.com/"];
    expect(await sandbox.ok("vm", "exec", "web", "--", ...get)).toContain(Internet.host);
    expect(new Set(server.askedBy("www.example.com"))).toEqual(new Set([server.address, Internet.host]));
  });

  it("are not believed where they say something of .vm", async () => {
    expect(await lookUp("db", "bad.example.com")).toBe(NONE);
    expect(server.askedBy("bad.example.com")).toContain(Internet.host);
    expect(await lookUp("db", "web.vm")).toBe(await addressOf("web"));
    expect(server.askedBy("web.vm")).toEqual([]);
  });

  it("are nothing to a guest at none, and are there again at public", async () => {
    await sandbox.ok("vm", "set", "--net", "none", "db");
    expect(await lookUp("db", "none.example.com", BRIEFLY)).toBe(NONE);
    expect(await lookUp("db", "web.vm", BRIEFLY)).toBe(NONE);
    expect(server.askedBy("none.example.com")).toEqual([]);
    await sandbox.ok("vm", "set", "--net", "public", "db");
    expect(await lookUp("db", "www.example.com")).toBe(PUBLIC);
  });

  it("are asked where the host's file says, also when it has changed", async () => {
    await resolvConf();
    expect(await lookUp("web", "www.example.com")).toBe(NONE);
    // Nobody is at the first.
    await resolvConf("127.0.0.77", server.address);
    expect(await lookUp("web", "www.example.com")).toBe(PUBLIC);
  });
});

describe("names of VMs, in a guest (NET-4)", () => {
  it("vanish with their VM, and are another's when one is made anew", async () => {
    const first = await addressOf("web");
    expect(await lookUp("db", "web.vm")).toBe(first);
    await sandbox.ok("vm", "rm", "--force", "web");
    expect(await lookUp("db", "web.vm")).toBe(NONE);
    await create("other");
    await create("web");
    const second = await addressOf("web");
    expect(second).not.toBe(first);
    expect(await lookUp("db", "web.vm")).toBe(second);
    expect(await lookUp("web", "other.vm")).toBe(await addressOf("other"));
    await sandbox.ok("vm", "stop", "other");
    expect(await lookUp("web", "other.vm")).toBe(NONE);
    await sandbox.ok("vm", "rm", "other");
  });

  it("are those of the VMs that a new daemon finds alive (VM-11)", async () => {
    const { id } = await sandbox.json<{ id: string }>("vm", "show", "web");
    await sandbox.killDaemon();
    const vmm = sandbox.vmmPid(id);
    process.kill(vmm, "SIGKILL");
    await startDaemon();
    expect(await lookUp("db", "web.vm")).toBe(NONE);
    expect(await lookUp("db", "www.example.com")).toBe(PUBLIC);
    await sandbox.ok("vm", "start", "web");
    expect(await lookUp("db", "web.vm")).toBe(await addressOf("web"));
    expect(await lookUp("web", "db.vm")).toBe(await addressOf("db"));
  });
});

describe("a start of the daemon that fails at its last step (DMN-2)", () => {
  it("has taken back the names by then, and the next one has them again", async () => {
    await sandbox.killDaemon();
    const before = (await sandbox.daemonLog()).length;
    const socket = path.join(sandbox.runtime, "bangerd.sock");
    await rm(socket, { force: true });
    await mkdir(socket);
    const { status, stderr } = await daemon();
    expect([status, stderr]).toEqual([1, expect.stringContaining("cannot be served")]);
    expect(stderr).toContain("remove what is there");
    expect(await listeners()).toBe(0);
    // It had them: this was its last step.
    expect((await sandbox.daemonLog()).slice(before).match(/"DNS: listening"/g)).toHaveLength(2);
    await rmdir(socket);
    await startDaemon();
    expect(await listeners()).toBe(4);
    await eventually(
      async () => (await lookUp("db", "web.vm")) === (await addressOf("web")),
      "web has a name",
    );
  });
});

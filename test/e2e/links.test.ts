import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, mustRun } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open();
  await sandbox.ok("vm", "create", "--name", "web", "--memory", "512M", "--disk-size", "1G");
});
afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "web", "db"]);
  await sandbox.close();
});

interface Link {
  readonly ifname: string;
  readonly ifindex: number;
  readonly operstate: string;
}

const inHost = (...args: string[]) => mustRun("nsenter", [`--net=/run/netns/${sandbox.netns}`, ...args]);
const taps = async (): Promise<Link[]> =>
  (JSON.parse(await inHost("ip", "-j", "link")) as Link[]).filter(({ ifname }) => ifname.startsWith("bgr"));
/** TAPs that no VMM holds. */
const ready = async () => (await taps()).filter(({ operstate }) => operstate === "DOWN");
const filled = () => eventually(async () => (await ready()).length === 4, "the pool is filled");
const show = (vm: string) => sandbox.json<{ address: string; tap: string | null }>("vm", "show", vm);

/** Whether this host reaches a guest's sshd by its address. */
async function reaches(address: string): Promise<boolean> {
  return inHost("timeout", "5", "bash", "-c", `</dev/tcp/${address}/22`).then(
    () => true,
    () => false,
  );
}
/** How often the daemon has said that it put something back. */
const repairs = async () => (await sandbox.daemonLog()).split("somebody changed guests' links").length - 1;
const isReached = (vm: string) =>
  eventually(async () => reaches((await show(vm)).address), `${vm} is reached by its address`);

describe("the pool of TAPs (NET-2)", () => {
  it("gives the next VM one that was ready, as it is, and is filled again", async () => {
    await filled();
    const before = await ready();
    await sandbox.ok("vm", "create", "--name", "db", "--memory", "512M", "--disk-size", "1G");
    const { tap } = await show("db");
    const given = before.find(({ ifname }) => ifname === tap);
    expect(given).toBeDefined();
    expect((await taps()).find(({ ifname }) => ifname === tap)?.ifindex).toBe(given?.ifindex);
    await filled();
    await isReached("db");
  });

  it("is filled again by the daemon after one that was killed: nothing is lost, nothing is there twice", async () => {
    const { links, routes, addresses } = await sandbox.inventory();
    await sandbox.killDaemon();
    expect(await ready()).toHaveLength(4);
    await sandbox.ok("vm", "list");
    await filled();
    expect(await taps()).toHaveLength(2 + 4);
    expect(await sandbox.inventory()).toMatchObject({ links, routes, addresses });
    for (const vm of ["web", "db"]) await isReached(vm);
  });
});

describe("what somebody changes while a VM runs (NET-1) is put back, and the guest is reached again", () => {
  it.each([
    ["the anchor is deleted", (): string[] => ["link", "delete", "banger0"]],
    ["the anchor is set down", () => ["link", "set", "banger0", "down"]],
    ["its route is deleted", (_tap: string, address: string) => ["route", "delete", address]],
    ["its TAP is set down", (tap: string) => ["link", "set", tap, "down"]],
  ])("%s", async (_, change) => {
    await isReached("web");
    const { tap, address } = await show("web");
    const before = await repairs();
    await inHost("ip", ...change(tap ?? "", address));
    await eventually(async () => (await repairs()) > before, "it is put back");
    await isReached("web");
    expect(await inHost("ip", "-br", "address", "show", "banger0")).toContain("172.30.0.1/32");
  });

  it("a TAP that is deleted is said to be, and the VM's again after a restart", async () => {
    const { tap, address } = await show("web");
    await inHost("ip", "link", "delete", tap ?? "");
    const health = async () =>
      JSON.parse((await sandbox.run(["vm", "health", "web", "--json"])).stdout.toString());
    await eventually(async () => JSON.stringify(await health()).includes("device was deleted"), "it is said");
    expect((await show("web")).tap).toBe(null);
    // The agent needs no link.
    expect(await sandbox.ok("vm", "exec", "web", "--", "echo", "on")).toBe("on\n");
    await sandbox.ok("vm", "restart", "web");
    expect(await show("web")).toMatchObject({ tap, address });
    await isReached("web");
  });
});

it("`daemon stop` with no VM leaves nothing of a filled pool (DMN-6)", async () => {
  await filled();
  await sandbox.ok("vm", "rm", "-f", "web", "db");
  await sandbox.ok("daemon", "stop");
  expect((await sandbox.inventory()).links).toEqual(["lo"]);
  expect(existsSync(path.join(sandbox.state, "host.json"))).toBe(false);
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inventory } from "./support/inventory.ts";
import { mustRun, Running } from "./support/run.ts";
import { CLI, Sandbox } from "./support/sandbox.ts";

let first: Sandbox;
/** Another user's, in the same network. */
let second: Sandbox;
let before: Inventory;

beforeAll(async () => {
  first = await Sandbox.open();
  second = await Sandbox.open();
  await first.ok("daemon", "start");
  before = await first.inventory();
  await first.ok("vm", "create", "--name", "first", "--memory", "512M");
});

afterAll(async () => {
  await first.ok("vm", "rm", "-f", "first");
  const after = await first.inventory();
  await second.close();
  await first.close();
  expect({ ...after, addresses: before.addresses, links: before.links }).toEqual(before);
});

const bySecond = (...args: string[]) =>
  new Running("nsenter", [`--net=/run/netns/${first.netns}`, CLI, ...args], { env: second.env }).finished;
const rules = async () =>
  (await mustRun("ip", ["netns", "exec", first.netns, "nft", "list", "table", "inet", "banger"])).replaceAll(
    /packets \d+ bytes \d+/g,
    "",
  );

describe("two daemons in one network (NET-3, DMN-2)", () => {
  it("the second serves all but VMs, says why, and touches nothing of the first's", async () => {
    const whole = await rules();
    expect(whole).toContain("172.30.0.2");
    expect(await bySecond("daemon", "start")).toMatchObject({ status: 0, stderr: "" });
    expect((await bySecond("image", "list")).stdout.toString()).toContain("debian-bookworm");
    const refused = await bySecond("vm", "run", "--rm", "--", "true");
    expect(refused.status).toBe(125);
    expect(refused.stderr).toContain("another banger daemon keeps this host's packet rules");
    expect(refused.stderr).toContain("`banger daemon stop`");
    expect((await bySecond("vm", "list", "--all", "--json")).stdout.toString().trim()).toBe("[]");
    expect(await bySecond("daemon", "stop")).toMatchObject({ status: 0 });
    expect(await rules()).toBe(whole);
    expect(await first.ok("vm", "exec", "first", "--", "echo", "alive")).toBe("alive\n");
  });
});

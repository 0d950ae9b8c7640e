import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GuestHealth } from "../../../../src/domain/guest.ts";
import { healthOf } from "../../../../src/services/vm/health.ts";
import { BangerError } from "../../../../src/shared/errors.ts";
import { fakeAgent } from "./support/fake-agent.ts";
import { World } from "./support/world.ts";

let world: World;

beforeEach(async () => {
  world = new World();
  await world.end(world.vms.create({ name: "x" }, { onClose: () => undefined }));
});

afterEach(() => world.close());

const health = async () => (await healthOf(world.deps, world.vms.resolve(["x"]))).results[0]?.health;

/** The agent's word, or what it fails with. */
function says(answer: Partial<GuestHealth> | Error): void {
  const agent = fakeAgent();
  const healthy = agent.health;
  agent.health = async () => {
    if (answer instanceof Error) throw answer;
    return { ...(await healthy()), ...answer };
  };
  world.deps.machines.agent = () => Promise.resolve(agent);
}

describe("vm health", () => {
  it.each([
    ["running", "healthy"],
    ["none", "healthy"],
    ["starting", "starting"],
    ["degraded", "degraded"],
  ] as const)("with an init that is %s, it is %s", async (init, status) => {
    says({ init, bootId: "b" });
    expect(await health()).toMatchObject({
      ...{ name: "x", status, vmmAlive: true },
      agent: { init, protocol: 1, bootId: "b", build: { version: "0" } },
    });
    expect((await health())?.problem === null).toBe(status === "healthy");
  });

  it("is unhealthy when its agent is gone, or speaks another protocol, which is said", async () => {
    says(new Error("reset"));
    expect(await health()).toMatchObject({ status: "unhealthy", vmmAlive: true, agent: null });
    says(new BangerError("ERR_AGENT_PROTOCOL_VERSION", "it speaks version 9", { next: "restart the VM" }));
    expect(await health()).toMatchObject({ problem: "it speaks version 9", next: "restart the VM" });
  });

  it("is unhealthy when its VMM is dead though nobody has noticed yet, and stopped when it is stopped", async () => {
    world.host.process.isAlive = async () => false;
    expect(await health()).toMatchObject({ status: "unhealthy", vmmAlive: false });
    await world.end(world.vms.stop(["x"]));
    expect(await health()).toMatchObject({ status: "stopped", next: "`banger vm start x`" });
  });

  it("is degraded when its TAP was deleted, until it is restarted", async () => {
    says({ init: "running" });
    await world.host.link.delete("bgr1");
    await world.deps.network.look();
    expect(await health()).toMatchObject({
      ...{ status: "degraded", vmmAlive: true, next: "`banger vm restart x`" },
      problem: "its network device was deleted on this host",
    });
    await world.end(world.vms.restart(["x"]));
    says({ init: "running" });
    expect(await health()).toMatchObject({ status: "healthy" });
  });

  it("is degraded when its address is of a network that is not ours any more", async () => {
    says({ init: "running" });
    world.deps.store.isOfNetwork = () => false;
    expect(await health()).toMatchObject({
      ...{ status: "degraded", vmmAlive: true, next: "`banger vm restart x`" },
      problem: expect.stringContaining("172.30.0.2, is not of `network_cidr`"),
    });
  });

  it("names what leads nowhere, and goes on", async () => {
    const { results } = await healthOf(world.deps, world.vms.resolve(["nope", "x"]));
    expect(results).toMatchObject([
      { ref: "nope", health: null, error: { code: "ERR_VM_NOT_FOUND" } },
      { ref: "x", health: { status: "healthy" }, error: null },
    ]);
  });
});

describe("an agent of another build", () => {
  it("is asked for its protocol once per connection, and refused commands when that is not ours", async () => {
    const agent = fakeAgent();
    let asked = 0;
    agent.health = async () => {
      asked += 1;
      throw new BangerError("ERR_AGENT_PROTOCOL_VERSION", "it speaks version 9");
    };
    world.deps.machines.agent = () => Promise.resolve(agent);
    const exec = () => world.vms.exec("x", { wait: "agent", signal: new AbortController().signal });
    await expect(exec()).rejects.toMatchObject({ code: "ERR_AGENT_PROTOCOL_VERSION" });
    agent.health = async () => {
      asked += 1;
      return fakeAgent().health();
    };
    (await exec()).destroy();
    (await exec()).destroy();
    expect(asked).toBe(2);
  });
});

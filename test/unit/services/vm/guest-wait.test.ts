import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { VmSsh } from "../../../../src/services/vm/ssh.ts";
import { BangerError } from "../../../../src/shared/errors.ts";
import { fakeAgent } from "./support/fake-agent.ts";
import { World } from "./support/world.ts";

const LATE = { code: "ERR_GUEST_TIMEOUT", message: expect.stringContaining("its agent did not answer") };

let world: World;
let ssh: VmSsh;

beforeEach(async () => {
  world = new World();
  world.guest = "hangs";
  const create = world.vms.create({ name: "x", bootTimeoutMs: 1 }, { onClose: () => undefined });
  expect((await world.end(create)).error).toMatchObject(LATE);
  ssh = new VmSsh(world.deps, {
    identityFile: async () => "key",
    knownHostsFile: "known_hosts",
    client: { open: () => Promise.reject(new Error("nothing to connect to")) },
  });
});

afterEach(() => world.close());

const begin = {
  exec: (signal: AbortSignal) => world.vms.exec("x", { wait: "agent", signal }),
  ssh: (signal: AbortSignal) => ssh.target(world.vms.find("x"), { wait: "agent", signal }),
};

describe.each(["exec", "ssh"] as const)("%s, when the guest hangs", (which) => {
  it("says so after the time that a boot may take", async () => {
    Object.assign(world.deps.settings, { bootTimeoutMs: 1 });
    await expect(begin[which](new AbortController().signal)).rejects.toMatchObject(LATE);
  });

  it("is a use of the VM, from its begin to its end (VM-14)", async () => {
    const { id } = world.vms.find("x");
    const { lastUse } = world.deps;
    const client = new AbortController();
    const waiting = begin[which](client.signal);
    expect(lastUse.isHeld(id)).toBe(true);
    world.now = new Date(5000);
    client.abort(new Error("the client went away"));
    await waiting.catch(() => undefined);
    expect([lastUse.isHeld(id), lastUse.lastUsed(id)]).toEqual([false, 5000]);
  });

  it("ends with its client", async () => {
    const client = new AbortController();
    const waiting = begin[which](client.signal);
    client.abort(new Error("the client went away"));
    await expect(waiting).rejects.toThrow("the client went away");
  });
});

it("TAPs of the next VMs are not made while a guest is waited for, and are afterwards (NET-2)", async () => {
  const prepare = vi.spyOn(world.deps.network, "prepareNext");
  const starting = world.vms.create({ name: "y" }, { onClose: () => undefined });
  for await (const event of world.operations.watch(starting)) {
    if (event.type !== "stage" || event.name !== "guest" || event.state !== "start") continue;
    expect(prepare).not.toHaveBeenCalled();
    expect(await world.operations.cancel(starting)).toBe(true);
  }
  expect(prepare).toHaveBeenCalledOnce();
});

describe("whether a guest's agent speaks our protocol", () => {
  const OTHER = { code: "ERR_AGENT_PROTOCOL_VERSION" };
  const health = () => Promise.reject(new BangerError("ERR_AGENT_PROTOCOL_VERSION", "speaks version 9"));
  const create = () => world.end(world.vms.create({ name: "y" }, { onClose: () => undefined }));
  const agentIs = (agent: object) =>
    Object.assign(world.deps.machines, { agent: async () => ({ ...fakeAgent(), health, ...agent }) });

  it("is not asked of one that was booted here and has answered", async () => {
    agentIs({});
    expect(await create()).toMatchObject({ type: "done" });
  });

  it("is asked where only the way to it has answered", async () => {
    agentIs({ hasAnswered: false });
    expect((await create()).error).toMatchObject(OTHER);
  });

  it("is asked of one that was found running (VM-11)", async () => {
    agentIs({});
    const started = await world.end(world.vms.start(["x"]));
    expect(started).toMatchObject({ result: { results: [{ error: OTHER }] } });
  });
});

describe("exec --wait system, when the guest's init hangs", () => {
  const health = async () => ({ ...(await fakeAgent().health()), init: "starting" as const });
  const exec = (signal: AbortSignal) => world.vms.exec("x", { wait: "system", signal });

  beforeEach(() => Object.assign(world.deps.machines, { agent: async () => ({ ...fakeAgent(), health }) }));

  it("says so after the time that a boot may take (RUN-5)", async () => {
    Object.assign(world.deps.settings, { bootTimeoutMs: 100 });
    await expect(exec(new AbortController().signal)).rejects.toMatchObject({
      code: "ERR_GUEST_TIMEOUT",
      message: expect.stringContaining("its init did not come up"),
    });
    expect(world.vms.openCommands).toBe(0);
  });

  it("ends with its client", async () => {
    const client = new AbortController();
    const waiting = exec(client.signal);
    setTimeout(() => client.abort(new Error("the client went away")), 20);
    await expect(waiting).rejects.toThrow("the client went away");
  });
});

import { once } from "node:events";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GuestAgent } from "../../../../src/domain/guest.ts";
import { VmSsh } from "../../../../src/services/vm/ssh.ts";
import { BangerError } from "../../../../src/shared/errors.ts";
import { fakeAgent } from "./support/fake-agent.ts";
import { World } from "./support/world.ts";

const LISTENER = {
  protocol: "tcp",
  address: "0.0.0.0",
  port: 22,
  process: "sshd",
  pid: 1,
  command: "sshd",
} as const;

let world: World;
let ssh: VmSsh;
let agent: GuestAgent;
let asked: number[];
/** Looks at the guest's sockets until sshd is among them. */
let looksLeft: number;

beforeEach(async () => {
  world = new World();
  await world.end(world.vms.create({ name: "web" }, { onClose: () => undefined }));
  ssh = new VmSsh(world.deps, {
    identityFile: async () => "/id",
    knownHostsFile: "/known_hosts",
    client: { open: () => Promise.reject(new Error("nobody asks for a session")) },
  });
  asked = [];
  looksLeft = 0;
  agent = fakeAgent();
  agent.ports = async () => ({ listeners: looksLeft-- > 0 ? [] : [LISTENER], truncated: false });
  agent.openTcp = async (port) => {
    asked.push(port);
    if (looksLeft >= 0 && asked.length === 1) throw new BangerError("ERR_TCP_REFUSED", "refused");
    return new PassThrough();
  };
  world.deps.machines.agent = () => Promise.resolve(agent);
});
afterEach(() => world.close());

const signal = new AbortController().signal;
const connect = () => ssh.connect(world.vms.named("web"), { wait: "agent", signal });

describe("the bytes of a guest's sshd", () => {
  it("come at once where it listens, and count as a session and as use until they end", async () => {
    looksLeft = -1;
    const stream = await connect();
    expect(asked).toEqual([22]);
    const { id } = world.vms.named("web");
    expect([ssh.openSessions, world.deps.lastUse.isHeld(id)]).toEqual([1, true]);
    stream.destroy();
    await once(stream, "close");
    expect([ssh.openSessions, world.deps.lastUse.isHeld(id)]).toEqual([0, false]);
  });

  it("come when it listens, where it does not yet", async () => {
    looksLeft = 2;
    await connect();
    expect(asked).toEqual([22, 22]);
  });

  it("are refused where it does not, with what to do, and nothing stays in use", {
    timeout: 60_000,
  }, async () => {
    looksLeft = Number.POSITIVE_INFINITY;
    await expect(connect()).rejects.toMatchObject({
      code: "ERR_NO_SSHD",
      next: expect.stringContaining("banger vm shell web"),
    });
    expect([ssh.openSessions, world.deps.lastUse.isHeld(world.vms.named("web").id)]).toEqual([0, false]);
  });

  it("fail at once with any other error", async () => {
    agent.openTcp = async () => {
      throw new BangerError("ERR_AGENT_TOO_OLD", "too old");
    };
    await expect(connect()).rejects.toMatchObject({ code: "ERR_AGENT_TOO_OLD" });
  });

  it("are of a VM that runs, by its whole name", async () => {
    expect(() => world.vms.named("we")).toThrow(expect.objectContaining({ code: "ERR_VM_NOT_FOUND" }));
    await world.end(world.vms.kill(["web"]));
    await world.deps.machines.get(world.vms.named("web").id)?.gone;
    await expect(connect()).rejects.toMatchObject({ code: "ERR_VM_NOT_RUNNING" });
  });
});

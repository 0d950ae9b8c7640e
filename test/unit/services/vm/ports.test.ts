import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ForwardedPort } from "../../../../src/domain/forwarder.ts";
import type { GuestListener } from "../../../../src/domain/guest-ports.ts";
import { portsOf } from "../../../../src/services/vm/ports.ts";
import { listVms } from "../../../../src/services/vm/query.ts";
import { BangerError } from "../../../../src/shared/errors.ts";
import { fakeAgent } from "./support/fake-agent.ts";
import { World } from "./support/world.ts";

let world: World;
let forwarded: ForwardedPort[];
let asked: number[];
let listeners: GuestListener[];
let truncated: boolean;

beforeEach(async () => {
  world = new World();
  forwarded = [];
  asked = [];
  listeners = [];
  truncated = false;
  const agent = fakeAgent();
  agent.ports = async () => ({ listeners, truncated });
  agent.openTcp = async (port) => {
    asked.push(port);
    if (port !== 80) throw new BangerError("ERR_TCP_REFUSED", "refused");
    // A web server that takes anything for a question.
    const pipe = new PassThrough();
    const server = new PassThrough();
    server.end("HTTP/1.0 200 OK\r\n\r\n");
    return Object.assign(server, { write: pipe.write.bind(pipe) });
  };
  Object.assign(world.deps, { forwarder: { of: () => forwarded } });
  await world.end(world.vms.create({ name: "web" }, { onClose: () => undefined }));
  world.deps.machines.agent = () => Promise.resolve(agent);
});
afterEach(() => world.close());

const signal = new AbortController().signal;
const ports = () => portsOf(world.deps, world.vms.find("web"), signal);
const socket = (port: number, more: Partial<GuestListener> = {}): GuestListener => ({
  ...{ protocol: "tcp", address: "0.0.0.0", port, pid: 1, process: "x", command: "x -y" },
  ...more,
});
const published = (guestPort: number, more: Partial<ForwardedPort> = {}): ForwardedPort => ({
  ...{ protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 8080, guestPort, problem: null },
  ...more,
});

describe("the ports of a VM (NET-5, NET-6)", () => {
  it("are asked what they speak, sshd's and UDP's aside", async () => {
    listeners = [socket(22), socket(80), socket(90), socket(53, { protocol: "udp" })];
    const found = await ports();
    expect(found.listeners.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`)).toEqual([
      "tcp web.vm:22",
      "udp web.vm:53",
      "http http://web.vm:80",
      "tcp web.vm:90",
    ]);
    expect([...new Set(asked)].sort()).toEqual([80, 90]);
  });

  it("are asked up to a bound, however many a guest has", async () => {
    listeners = Array.from({ length: 500 }, (_, index) => socket(1000 + index));
    truncated = true;
    const found = await ports();
    expect(found.listeners).toHaveLength(500);
    expect(found.truncated).toBe(true);
    expect(new Set(asked).size).toBe(64);
  });

  it("name the host's end of what is published, and why it leads nowhere", async () => {
    listeners = [socket(80), socket(5432, { address: "127.0.0.1" })];
    forwarded = [published(80), published(5432), published(7), published(8, { problem: "it is taken" })];
    const found = await ports();
    expect(found.published.map(({ endpoint, open, problem }) => [endpoint, open, problem])).toEqual([
      ["http://127.0.0.1:8080", true, null],
      ["127.0.0.1:8080", true, expect.stringContaining("only 127.0.0.1:5432 listens")],
      ["127.0.0.1:8080", true, null],
      ["127.0.0.1:8080", false, "it is taken"],
    ]);
  });

  it("of a VM that is stopped are those that it will publish", async () => {
    await world.end(world.vms.stop(["web"], 0));
    await world.end(world.vms.set({ refs: ["web"], publish: [{ hostPort: 8080, guestPort: 80 }] }));
    expect(await ports()).toMatchObject({
      state: "stopped",
      listeners: [],
      published: [{ endpoint: "127.0.0.1:8080", open: false, problem: null }],
    });
    expect(asked).toEqual([]);
    const [listed] = listVms(world.deps, { all: true });
    expect(listed).toMatchObject({
      ...{ name: "web", net: "public", peers: [] },
      published: [{ endpoint: "127.0.0.1:8080", open: false, problem: null }],
    });
  });

  it("are nobody's any more when the client has gone", async () => {
    await expect(
      portsOf(world.deps, world.vms.find("web"), AbortSignal.abort(new Error("gone"))),
    ).rejects.toThrow("gone");
  });
});

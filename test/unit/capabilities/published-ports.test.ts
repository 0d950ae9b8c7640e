import { describe, expect, it } from "vitest";
import { PublishedPorts } from "../../../src/capabilities/published-ports.ts";
import type { CapabilityVm, EndedVm } from "../../../src/domain/capability.ts";
import type { Forwarder } from "../../../src/domain/forwarder.ts";
import type { PublishedPort } from "../../../src/domain/published-port.ts";
import type { VmSpec } from "../../../src/domain/vm.ts";
import { UndoScope } from "../../../src/shared/undo.ts";

const port = (hostPort: number): PublishedPort => ({
  ...{ protocol: "tcp", hostAddress: "127.0.0.1", hostPort, guestPort: 80 },
});
const specWith = (...publish: PublishedPort[]) => ({ publish }) as unknown as VmSpec;
const vmWith = (...publish: PublishedPort[]) =>
  ({ vm: { id: "1", name: "web", address: "172.30.0.2", spec: specWith(...publish) } }) as CapabilityVm;

function world() {
  const open = new Map<string, readonly PublishedPort[]>();
  const asked: (readonly PublishedPort[])[] = [];
  const recorded: unknown[] = [];
  let failure: Error | null = null;
  const forwarder: Forwarder = {
    problems: async (ports) => {
      asked.push(ports);
      return [];
    },
    async open({ vmId }, ports) {
      if (failure !== null) throw failure;
      const opened = ports.map((each) => ({ ...each, hostPort: each.hostPort || 40_000 }));
      open.set(vmId, opened);
      return opened;
    },
    reopen: async ({ vmId }, ports) => void open.set(vmId, ports),
    close: async (vmId) => void open.delete(vmId),
    of: () => [],
  };
  const capability = new PublishedPorts({ forwarder, record: (...all) => void recorded.push(all) });
  const fail = (error: Error) => {
    failure = error;
  };
  return { capability, open, asked, recorded, fail };
}

describe("published ports of a VM's life (NET-6)", () => {
  it("are tried before the start, but for those that are left open", async () => {
    const { capability, asked } = world();
    await capability.preflight(null, specWith(port(8080), port(0)));
    await capability.preflight(null, null);
    expect(asked).toEqual([[port(8080)], []]);
  });

  it("are open from before the VMM runs until it has ended; a chosen number is kept", async () => {
    const { capability, open, recorded } = world();
    await capability.beforeStart(vmWith(port(8080), port(0)), new UndoScope());
    expect(open.get("1")).toEqual([port(8080), port(40_000)]);
    expect(recorded).toEqual([["1", [port(8080), port(40_000)]]]);
    await capability.afterStop({ vmId: "1" } as EndedVm);
    expect(open.size).toBe(0);
  });

  it("are closed when the start fails after them, and nothing is recorded that was asked for", async () => {
    const { capability, open, recorded } = world();
    const scope = new UndoScope();
    await capability.beforeStart(vmWith(port(8080)), scope);
    await scope.rollback();
    expect([open.size, recorded]).toEqual([0, []]);
  });

  it("are opened again for a VM that a new daemon finds", async () => {
    const { capability, open } = world();
    await capability.adopt(vmWith(port(8080)));
    expect(open.get("1")).toEqual([port(8080)]);
  });

  it("change at once where the VM runs, and are as before when what comes after fails", async () => {
    const { capability, open } = world();
    const scope = new UndoScope();
    const at = vmWith(port(8080));
    await capability.beforeStart(at, new UndoScope());
    const next = await capability.reconfigure(at, specWith(port(8080), port(0)), true, scope);
    expect(next.publish).toEqual([port(8080), port(40_000)]);
    expect(open.get("1")).toEqual(next.publish);
    await scope.rollback();
    expect(open.get("1")).toEqual([port(8080)]);
  });

  it("of a VM that is stopped are looked at when it starts", async () => {
    const { capability, open, fail } = world();
    fail(new Error("it is taken"));
    const next = specWith(port(8080));
    expect(await capability.reconfigure(vmWith(), next, false, new UndoScope())).toBe(next);
    expect(open.size).toBe(0);
  });

  it("are not touched by a change of something else", async () => {
    const { capability, fail } = world();
    fail(new Error("nobody asks"));
    const at = vmWith(port(8080));
    const next = { ...at.vm.spec, vcpu: 2 };
    expect(await capability.reconfigure(at, next, true, new UndoScope())).toBe(next);
  });
});

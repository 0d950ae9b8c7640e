import { describe, expect, it } from "vitest";
import { Dns } from "../../../src/capabilities/dns.ts";
import { Records } from "../../../src/dns/records.ts";
import type { CapabilityVm, EndedVm } from "../../../src/domain/capability.ts";
import { UndoScope } from "../../../src/shared/undo.ts";

const at = { vm: { id: "1", name: "web", address: "172.30.0.2" } } as CapabilityVm;

function made() {
  const records = new Records();
  return { records, capability: new Dns(records), address: () => records.addressOf("web") };
}

describe("a VM's name in DNS (NET-4)", () => {
  it("is there from its start to its end", async () => {
    const { capability, address } = made();
    await capability.afterStart(at, new UndoScope());
    expect(address()).toBe("172.30.0.2");
    await capability.afterStop({ vmId: "1" } as EndedVm);
    expect(address()).toBeNull();
  });

  it("goes when the start is undone", async () => {
    const { capability, address } = made();
    const scope = new UndoScope();
    await capability.afterStart(at, scope);
    await scope.rollback();
    expect(address()).toBeNull();
  });

  it("is given again to a VM that a new daemon finds", async () => {
    const { capability, address } = made();
    await capability.adopt(at);
    expect(address()).toBe("172.30.0.2");
    await capability.delete(at);
    expect(address()).toBeNull();
  });

  it("of none is released without an error", async () => {
    const { capability, records } = made();
    await capability.afterStop({ vmId: "9" } as EndedVm);
    await capability.delete(at);
    expect(records.size).toBe(0);
  });
});

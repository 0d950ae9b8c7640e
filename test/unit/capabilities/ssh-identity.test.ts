import { describe, expect, it } from "vitest";
import { SshIdentity } from "../../../src/capabilities/ssh-identity.ts";
import type { CapabilityVm } from "../../../src/domain/capability.ts";
import { UndoScope } from "../../../src/shared/undo.ts";

const at = { vm: { name: "web", address: "172.30.0.2" }, paths: {} } as CapabilityVm;

function identity(hostKeyOf = async () => "ssh-ed25519 AAAA") {
  const pins = new Map<string, string>();
  const knownHosts = {
    file: "known_hosts",
    problem: async () => null,
    pin: async (names: readonly string[], key: string) => void names.map((name) => pins.set(name, key)),
    unpin: async (names: readonly string[]) => void names.map((name) => pins.delete(name)),
  };
  return { pins, capability: new SshIdentity({ knownHosts, hostKeyOf }) };
}

describe("a VM's SSH identity (SSH-1)", () => {
  it("is pinned once the VMM runs, by name and address, and forgotten at delete", async () => {
    const { pins, capability } = identity();
    await capability.create(at, new UndoScope());
    expect(pins.size).toBe(0);
    await capability.afterStart(at);
    expect([...pins.keys()]).toEqual(["web.vm", "172.30.0.2"]);
    await capability.delete(at);
    expect(pins.size).toBe(0);
  });

  it("is forgotten when the create is undone", async () => {
    const { pins, capability } = identity();
    const scope = new UndoScope();
    await capability.create(at, scope);
    await capability.afterStart(at);
    await scope.rollback();
    expect(pins.size).toBe(0);
  });

  it.each(["afterStart", "afterCreateStopped", "adopt"] as const)("is pinned at %s", async (hook) => {
    const { pins, capability } = identity();
    await capability[hook](at);
    expect(pins.get("web.vm")).toBe("ssh-ed25519 AAAA");
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import { NetworkAccess, type NetworkAccessOptions } from "../../../src/capabilities/network-access.ts";
import { makeNetworkAccess } from "../../../src/daemon/network-access.ts";
import type { CapabilityVm, EndedVm } from "../../../src/domain/capability.ts";
import { tapName, type VmRecord, type VmSpec } from "../../../src/domain/vm.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../src/host/fake/index.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { withUndo } from "../../../src/shared/undo.ts";

describe("who may ask our resolver for names of the world (NET-3, NET-4)", () => {
  const members = [
    { address: "172.30.0.2", access: "public" },
    { address: "172.30.0.3", access: "full" },
    { address: "172.30.0.4", access: "none" },
  ];
  const access = new NetworkAccess({ firewall: { members } } as unknown as NetworkAccessOptions);

  it.each([
    ["172.30.0.2", true],
    ["172.30.0.3", true],
    ["172.30.0.4", false],
    ["172.30.0.5", false],
  ])("%s: %s", (address, may) => expect(access.mayResolve(address)).toBe(may));
});

let fake: FakeHostOps;
let access: NetworkAccess;
const records = new Map<string, VmRecord>();

beforeEach(async () => {
  fake = openFakeHostOps();
  for (const tap of ["bgr2", "bgr3"]) await fake.link.createDummy(tap);
  records.clear();
  access = newAccess();
});

function newAccess(): NetworkAccess {
  const record = { readForwarding: async () => [], writeForwarding: async () => undefined };
  const vms = { get: (id: string) => records.get(id) ?? null };
  const links = { look: async () => ({ routes: [], restored: [], lost: [] }) };
  return makeNetworkAccess({ host: fake, links, cidr: "172.30.0.0/16", record, vms, logger: silentLogger });
}

function made(slot: number, ...peers: string[]): CapabilityVm {
  const spec = { net: "public", peers } as Partial<VmSpec> as VmSpec;
  const vm = { id: `vm${slot}`, slot, address: `172.30.0.${slot}`, spec } as VmRecord;
  records.set(vm.id, vm);
  return { vm, uid: 0, gid: 0 } as CapabilityVm;
}

const start = (at: CapabilityVm, of = access) => withUndo((scope) => of.beforeStart(at, scope));
const ended = ({ vm }: CapabilityVm) => ({ vmId: vm.id, handles: { tap: tapName(vm.slot) } }) as EndedVm;
const elements = async (name: string) =>
  (await fake.nft.elements({ table: { family: "inet", name: "banger" }, name })).map(({ key }) =>
    key.join(" "),
  );

describe("a peer that is being deleted (NET-3)", () => {
  const [a, gone] = [2, 3];

  it.each(["starts", "is deleted"])(
    "is none of a VM that starts meanwhile, when it %s first",
    async (first) => {
      const [vm, peer] = [made(a, "vm3"), made(gone)];
      await start(peer);
      await access.afterStop(ended(peer));
      const [one, other] =
        first === "starts" ? [start(vm), access.delete(peer)] : [access.delete(peer), start(vm)];
      await Promise.all([one, other]);
      // Its record goes only after all that is its own has gone: until then it is there to be found.
      expect(records.has("vm3")).toBe(true);
      expect(await elements("peers")).toEqual([]);
      await access.afterStop(ended(vm));
      await start(vm);
      expect(await elements("peers")).toEqual([]);
    },
  );

  it("is none of a VM at whose start another one has its address", async () => {
    const [vm, peer] = [made(a, "vm3"), made(gone)];
    await access.delete(peer);
    records.delete("vm3");
    records.set("vm4", { ...peer.vm, id: "vm4" });
    await access.delete(made(9));
    await start(vm);
    expect(await elements("peers")).toEqual([]);
  });

  it("is none of a VM that is given another network meanwhile", async () => {
    const [vm, peer] = [made(a, "vm3"), made(gone)];
    await start(vm);
    expect(await elements("peers")).toHaveLength(2);
    await access.delete(peer);
    expect(await elements("peers")).toEqual([]);
    await withUndo((scope) => access.reconfigure(vm, { ...vm.vm.spec, net: "full" }, true, scope));
    expect(await elements("peers")).toEqual([]);
  });

  it("is none of a VM that ran already when the daemon began", async () => {
    const [vm, peer] = [made(a, "vm3"), made(gone)];
    await access.adopt(vm);
    await access.delete(peer);
    await access.settle();
    expect(await elements("guests")).toHaveLength(1);
    expect(await elements("peers")).toEqual([]);
    await access.close(1);
  });

  it("is one again when it could not be deleted, and starts", async () => {
    const [vm, peer] = [made(a, "vm3"), made(gone)];
    await access.delete(peer);
    await start(peer);
    await start(vm);
    expect(await elements("peers")).toHaveLength(2);
  });
});

describe("beside another daemon that runs (NET-3)", () => {
  it("no VM is made, which is said before anything is; what is the other's stays", async () => {
    const vm = made(2);
    await start(vm);
    const second = newAccess();
    const { spec } = vm.vm;
    expect(await second.preflight(null, spec)).toMatchObject([{ code: "ERR_ANOTHER_DAEMON" }]);
    expect(await second.preflight(null, null)).toEqual([]);
    await second.settle();
    await second.close(0);
    expect(await elements("guests")).toHaveLength(1);
    expect(await access.preflight(null, spec)).toEqual([]);
  });
});

describe("connections of a VM (NET-3)", () => {
  const tracked = () => {
    for (const source of ["172.30.0.2", "172.30.0.3"]) {
      const original = { source, destination: "1.1.1.1", sourcePort: 1, destinationPort: 2 };
      const reply = { source: "1.1.1.1", destination: "192.0.2.1", sourcePort: 2, destinationPort: 1 };
      fake.kernel.connections.push({ protocol: 17, original, reply });
    }
  };
  const left = () => fake.kernel.connections.map(({ original }) => original.source);
  const asked = () => fake.faults.calls.filter(({ operation }) => operation.startsWith("conntrack.")).length;

  it("are gone when its end is done with, and no start asks for them", async () => {
    const vm = made(2);
    tracked();
    await start(vm);
    expect(asked()).toBe(0);
    await access.afterStop(ended(vm));
    expect(left()).toEqual(["172.30.0.3"]);
  });

  it("go also when a daemon before this one had let it in, and was killed", async () => {
    const vm = made(2);
    await start(vm);
    tracked();
    await newAccess().afterStop(ended(vm));
    expect(left()).toEqual(["172.30.0.3"]);
  });

  it("are forgotten again before its address is another's: its peers may have sent something since", async () => {
    const vm = made(2);
    await access.afterStop(ended(vm));
    tracked();
    await access.delete(vm);
    expect(left()).toEqual(["172.30.0.3"]);
  });

  it("that could not be forgotten keep its end from being done with", async () => {
    const vm = made(2);
    await start(vm);
    tracked();
    fake.faults.fail("conntrack.delete", { errnoCode: "ENOBUFS" });
    await expect(access.afterStop(ended(vm))).rejects.toMatchObject({ errnoCode: "ENOBUFS" });
    await access.afterStop(ended(vm));
    expect(left()).toEqual(["172.30.0.3"]);
  });

  it("end when it may do nothing any more", async () => {
    const vm = made(2);
    await start(vm);
    tracked();
    await withUndo((scope) => access.reconfigure(vm, { ...vm.vm.spec, net: "none" }, true, scope));
    expect(left()).toEqual(["172.30.0.3"]);
  });
});

it("a guest of a former network reaches nothing until it is started anew (NET-3)", async () => {
  const [ours, former] = [made(2), made(3)];
  const next = newAccess();
  await next.adopt(ours);
  await next.adopt({ ...former, vm: { ...former.vm, address: "192.168.7.3" } });
  await next.settle();
  expect(await elements("guests")).toEqual(["bgr2 02:62:67:00:00:02 172.30.0.2"]);
  expect([next.mayResolve("172.30.0.2"), next.mayResolve("192.168.7.3")]).toEqual([true, false]);
  await next.close(1);
});

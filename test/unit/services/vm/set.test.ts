import { statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";
import type { BulkResult, VmSetParams } from "../../../../src/rpc/contract.ts";
import { describeVm } from "../../../../src/services/vm/query.ts";
import { spyCapability } from "./support/spy-capability.ts";
import { World } from "./support/world.ts";

let world: World;
const late = spyCapability("late", []);

beforeEach(async () => {
  late.failAt(null);
  world = new World(openFakeHostOps({ reflinks: false }), [late.capability]);
  for (const name of ["a", "b"])
    await world.end(world.vms.create({ name, noStart: true }, { onClose: () => undefined }));
});

afterEach(() => world.close());

const set = async (params: VmSetParams) => (await world.end(world.vms.set(params))).result as BulkResult;
const specOf = (name: string) => world.vms.find(name).spec;
const sizeOf = (name: string) => statSync(world.deps.paths(world.vms.find(name).id).workDisk).size;
const start = (name: string) => world.end(world.vms.start([name]));

describe("vm set (VM-9, VM-3)", () => {
  it("changes what is stopped at once, and only what was passed", async () => {
    const { results } = await set({ refs: ["b", "a", "b"], vcpu: 2, diskSizeBytes: 2 ** 20 });
    expect(results.map(({ name, applies }) => [name, applies])).toEqual([
      ["b", "now"],
      ["a", "now"],
    ]);
    expect(specOf("a")).toMatchObject({ vcpu: 2, memoryMib: 256, diskSizeBytes: 2 ** 20 });
    expect([sizeOf("a"), sizeOf("b")]).toEqual([2 ** 20, 2 ** 20]);
  });

  it("records vcpu and memory of what runs for its next start, and says so", async () => {
    await start("a");
    const { results } = await set({ refs: ["a"], memoryMib: 512 });
    expect(results).toMatchObject([{ name: "a", error: null, applies: "next-start" }]);
    const shown = () => describeVm(world.deps, world.vms.find("a"));
    expect(await shown()).toMatchObject({ memoryMib: 256, atNextStart: { vcpu: 1, memoryMib: 512 } });
    await world.end(world.vms.restart(["a"]));
    expect(await shown()).toMatchObject({ memoryMib: 512, atNextStart: null });
    expect(world.deps.machines.get(world.vms.find("a").id)?.handles.memoryMib).toBe(512);
    await world.end(world.vms.delete(["a"], true));
  });

  it("goes on with the others where one is refused, and that one stays as it was, whole", async () => {
    await start("a");
    const { results } = await set({ refs: ["a", "nope", "b"], vcpu: 3, diskSizeBytes: 2 ** 20 });
    expect(results.map(({ ref, error }) => [ref, error?.code ?? null])).toEqual([
      ["a", "ERR_VM_RUNNING"],
      ["nope", "ERR_VM_NOT_FOUND"],
      ["b", null],
    ]);
    expect(specOf("a")).toMatchObject({ vcpu: 1, diskSizeBytes: 8192 });
    expect(specOf("b")).toMatchObject({ vcpu: 3, diskSizeBytes: 2 ** 20 });
  });

  it("refuses more CPUs than the VM's own VMM can give, and leaves it as it was", async () => {
    const vmm = world.deps.vmms.get("qemu");
    if (vmm === undefined) throw new Error("the world has no VMM");
    const many = { code: "ERR_TOO_MANY_VCPUS", message: "too many", next: "fewer" } as const;
    vmm.refusals = ({ vcpu }) => (vcpu > 2 ? [many] : []);
    const { results } = await set({ refs: ["a"], vcpu: 3, diskSizeBytes: 2 ** 20 });
    expect(results).toMatchObject([{ error: { code: many.code, next: "fewer" } }]);
    expect([specOf("a"), sizeOf("a")]).toMatchObject([{ vcpu: 1, diskSizeBytes: 8192 }, 8192]);
    expect((await set({ refs: ["a"], vcpu: 2 })).results).toMatchObject([{ error: null }]);
  });

  it("changes published ports, and takes the network from no VM that has some (NET-6)", async () => {
    const publish = [{ hostPort: 8080, guestPort: 80 }];
    expect((await set({ refs: ["a"], publish })).results).toMatchObject([{ error: null, applies: "now" }]);
    expect(specOf("a").publish).toEqual([
      { protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 8080, guestPort: 80 },
    ]);
    const refused = await set({ refs: ["a"], net: "none" });
    expect(refused.results).toMatchObject([{ error: { code: "ERR_PUBLISH_WITHOUT_NET" } }]);
    const both = await set({ refs: ["a"], net: "none", unpublish: [{ hostPort: 8080 }] });
    expect(both.results).toMatchObject([{ error: null }]);
    expect(specOf("a")).toMatchObject({ net: "none", publish: [] });
  });

  it("never shrinks a disk", async () => {
    const { results } = await set({ refs: ["a"], diskSizeBytes: 4096 });
    expect(results).toMatchObject([{ error: { code: "ERR_DISK_SHRINK" } }]);
    expect(sizeOf("a")).toBe(8192);
  });

  it("undoes the growth of the disk when what comes after it fails", async () => {
    late.failAt("reconfigure");
    const { results } = await set({ refs: ["a"], diskSizeBytes: 2 ** 20 });
    expect(results[0]?.error).not.toBeNull();
    expect([sizeOf("a"), specOf("a").diskSizeBytes]).toEqual([8192, 8192]);
  });

  it.each([
    [{ vcpu: 0 }, "ERR_BAD_VCPU"],
    [{ vcpu: 5 }, "ERR_BAD_VCPU"],
    [{ vcpu: 1.5 }, "ERR_BAD_VCPU"],
    [{ memoryMib: 64 }, "ERR_BAD_MEMORY"],
    [{ memoryMib: 2 ** 20 }, "ERR_BAD_MEMORY"],
    [{ diskSizeBytes: -1 }, "ERR_BAD_DISK_SIZE"],
    [{ diskSizeBytes: 2 ** 60 }, "ERR_BAD_DISK_SIZE"],
    [{}, "ERR_NOTHING_TO_SET"],
  ])("refuses %j before there is an operation (VM-6)", (changes, code) => {
    expect(() => world.vms.set({ refs: ["a"], ...changes })).toThrow(expect.objectContaining({ code }));
  });
});

import { expect, it } from "vitest";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { FirecrackerVmm } from "../../../../src/vmm/firecracker/firecracker-vmm.ts";
import { KvmProbe } from "../../../../src/vmm/shared/kvm/probe.ts";
import { World } from "./support/world.ts";

const CPUS = { code: "ERR_TOO_MANY_VCPUS", message: "too many", next: "fewer" } as const;

it("a creation with more CPUs than its VMM can give fails before there is a record (VM-15)", async () => {
  const world = new World();
  const vmm = world.deps.vmms.get("qemu");
  if (vmm === undefined) throw new Error("the world has no VMM");
  vmm.refusals = ({ vcpu }) => (vcpu === 3 ? [CPUS] : []);
  const create = (vcpu: number) =>
    world.end(world.vms.create({ name: "x", vcpu, noStart: true }, { onClose: () => undefined }));
  expect(await create(3)).toMatchObject({ error: { code: CPUS.code } });
  expect(world.left()).toEqual([]);
  expect(await create(2)).not.toHaveProperty("error");
  world.close();
});

it("of creations at once, each counts what the others are still to write (VM-15)", async () => {
  const world = new World();
  const { rootfs } = world.deps.library.imageFiles({ id: world.state.images.list()[0]?.id ?? "" });
  const needed = await world.deps.rootDisks.get("copy")?.spaceNeeded({ rootfs });
  if (needed === undefined || needed === 0) throw new Error("a copy needs room");
  const both = Promise.withResolvers<void>();
  let asked = 0;
  Object.assign(world.deps, {
    freeBytes: async () => {
      asked += 1;
      if (asked === 2) both.resolve();
      await both.promise;
      return { free: 64 * 2 ** 20 + 1.5 * needed, total: 2 ** 40 };
    },
  });
  const create = (name: string) =>
    world.end(world.vms.create({ name, noStart: true }, { onClose: () => undefined }));
  const ended = await Promise.all([create("one"), create("two")]);
  expect(ended.map(({ error }) => error?.code ?? "made").sort()).toEqual(["ERR_NO_SPACE", "made"]);
  // What was promised is written now, and counted by the filesystem.
  expect(await create("three")).not.toHaveProperty("error");
  world.close();
});

it("Firecracker says before a start how many CPUs it can give, and names no VM", async () => {
  const hostOps = { process: openFakeHostOps({ reflinks: false }).process };
  const kvm = new KvmProbe({ hostOps, uid: 700_000, cacheDirectory: null });
  const vmm = new FirecrackerVmm({
    hostOps,
    kvm,
    firecrackerBin: null,
    searchPath: "",
    logger: silentLogger,
  });
  expect(vmm.refusals({ vcpu: 32 })).toEqual([]);
  expect(vmm.refusals({ vcpu: 33 })).toMatchObject([
    { code: CPUS.code, next: expect.stringMatching(/^give `--vcpu 32`/) },
  ]);
});

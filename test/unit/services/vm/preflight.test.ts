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

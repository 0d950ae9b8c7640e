import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { FirecrackerVmm } from "../../../src/vmm/firecracker/firecracker-vmm.ts";
import { QemuVmm } from "../../../src/vmm/qemu/qemu-vmm.ts";
import { KvmProbe } from "../../../src/vmm/shared/kvm/probe.ts";

const hostOps = {} as HostOps;
const kvm = new KvmProbe({ hostOps, uid: 700_000, cacheDirectory: null });
const common = { hostOps, kvm, searchPath: "", logger: silentLogger };

it.each([
  [new FirecrackerVmm({ ...common, firecrackerBin: null }), "vsock_1024"],
  [new QemuVmm({ ...common, qemuBin: null }), "agent.sock"],
])("cleanUp takes away a directory that the VMM left under a socket's name (VMM-2)", async (vmm, name) => {
  const runtime = await mkdtemp(path.join(tmpdir(), "clean-up-"));
  await mkdir(path.join(runtime, name, "full"), { recursive: true });
  await vmm.cleanUp({ runtime });
  expect(await readdir(runtime)).toEqual([]);
  await rm(runtime, { recursive: true });
});

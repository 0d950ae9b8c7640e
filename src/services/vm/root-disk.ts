import { stat } from "node:fs/promises";
import { rootDiskTrouble } from "../../domain/root-disk.ts";
import type { VmRecord } from "../../domain/vm.ts";
import type { VmDisk } from "../../rpc/contract.ts";
import { errorCode } from "../../shared/errors.ts";
import type { VmDeps } from "./deps.ts";
import { capabilityVm, driverOf, rootDiskOf } from "./drivers.ts";

/** As its driver says, else by the blocks of its file. Null where it is not there. */
export async function rootDiskStats(deps: VmDeps, vm: VmRecord): Promise<VmDisk | null> {
  const paths = deps.paths(vm.id);
  const { uid } = capabilityVm(deps, vm);
  const disk = rootDiskOf(deps, { vmId: vm.id, imageId: vm.imageId, uid }, paths);
  const usage = await driverOf(deps, vm.spec.storage)
    .usage(disk)
    .catch((err) => {
      if (errorCode(err) === "ENOENT") return null;
      deps.logger.warn({ vm: vm.id, err }, "the storage driver could not tell how full a root disk is");
      return null;
    });
  if (usage !== null) {
    const { usedBytes, totalBytes, invalid } = usage;
    return { name: "root", usedBytes, totalBytes, invalid, note: rootDiskTrouble(usage)?.note ?? null };
  }
  return stat(paths.rootDisk).then(
    ({ blocks, size }) => ({
      name: "root",
      usedBytes: blocks * 512,
      totalBytes: size,
      invalid: false,
      note: null,
    }),
    () => null,
  );
}

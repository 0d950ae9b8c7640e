import type { PublishedPort } from "../domain/published-port.ts";
import type { NetAccess, StorageKind, VmmKind, VmRecord } from "../domain/vm.ts";
import { ipv4ToNumber, numberToIpv4 } from "../shared/ipv4.ts";

/** One row of `vms`. */
export interface VmRow {
  id: string;
  name: string;
  image_id: string;
  image_name: string;
  kernel_name: string;
  vcpu: number;
  memory_mib: number;
  disk_size_bytes: number;
  overlay_size_bytes: number;
  vmm: VmmKind;
  storage: StorageKind;
  net: NetAccess;
  /** JSON: a list of ids. */
  peers: string;
  /** JSON: a list that is only ever read and written whole. */
  publish: string;
  slot: number;
  address: number;
  auto_remove: number;
  desired: VmRecord["desired"];
  created_at: string;
}

export const VM_COLUMNS =
  "id, name, image_id, image_name, kernel_name, vcpu, memory_mib, disk_size_bytes, overlay_size_bytes, vmm, storage, net, peers, publish, slot, address, auto_remove, desired, created_at";

export function toRow(vm: VmRecord): VmRow {
  return {
    id: vm.id,
    name: vm.name,
    image_id: vm.imageId,
    image_name: vm.imageName,
    kernel_name: vm.kernelName,
    vcpu: vm.spec.vcpu,
    memory_mib: vm.spec.memoryMib,
    disk_size_bytes: vm.spec.diskSizeBytes,
    overlay_size_bytes: vm.spec.overlaySizeBytes,
    vmm: vm.spec.vmm,
    storage: vm.spec.storage,
    net: vm.spec.net,
    peers: JSON.stringify(vm.spec.peers),
    publish: JSON.stringify(vm.spec.publish),
    slot: vm.slot,
    address: ipv4ToNumber(vm.address),
    auto_remove: vm.autoRemove ? 1 : 0,
    desired: vm.desired,
    created_at: vm.createdAt,
  };
}

export function fromRow(row: VmRow): VmRecord {
  return {
    id: row.id,
    name: row.name,
    imageId: row.image_id,
    imageName: row.image_name,
    kernelName: row.kernel_name,
    spec: {
      vcpu: row.vcpu,
      memoryMib: row.memory_mib,
      diskSizeBytes: row.disk_size_bytes,
      overlaySizeBytes: row.overlay_size_bytes,
      vmm: row.vmm,
      storage: row.storage,
      net: row.net,
      peers: JSON.parse(row.peers) as string[],
      publish: JSON.parse(row.publish) as PublishedPort[],
    },
    slot: row.slot,
    address: numberToIpv4(row.address),
    autoRemove: row.auto_remove === 1,
    desired: row.desired,
    createdAt: row.created_at,
  };
}

import type { MachineSpec } from "../../domain/ports.ts";
import { disksOf } from "../shared/disks.ts";
import { jailDisk } from "../shared/jail.ts";
import { COMMON_KERNEL_WORDS } from "../shared/kernel-words.ts";
import { jailPaths, runtimeFile } from "./layout.ts";

export type FirecrackerMachine = Pick<MachineSpec, "vcpu" | "memoryMib" | "mac" | "tap" | "disks">;

/** Its own limit. */
export const MAX_VCPUS = 32;
const GUEST_CID = 3;

/**
 * The kernel command line. A reboot is a pulse of the keyboard controller, which ends Firecracker; the rest of that controller need not be
 * probed for: Ctrl-Alt-Del comes through its one port.
 */
const BOOT_ARGS = [
  ...COMMON_KERNEL_WORDS,
  "reboot=k",
  "pci=off",
  "8250.nr_uarts=1",
  "i8042.noaux",
  "i8042.nomux",
  "i8042.dumbkbd",
  "banger.vmm=firecracker",
].join(" ");

/**
 * What Firecracker reads at its start (`--config-file`): the sections are the bodies of its API's requests, so the machine runs without a
 * round trip for each. Paths are the jail's. Disks have no serial there: the guest tells them by their order.
 */
export function machineConfig(machine: FirecrackerMachine) {
  return {
    "boot-source": {
      kernel_image_path: jailPaths.kernel,
      initrd_path: jailPaths.initramfs,
      boot_args: BOOT_ARGS,
    },
    "machine-config": { vcpu_count: machine.vcpu, mem_size_mib: machine.memoryMib },
    drives: disksOf(machine.disks).map(({ role, readOnly }) => ({
      drive_id: role,
      path_on_host: jailDisk(role),
      // The initramfs finds its root; Firecracker would tell the kernel another.
      is_root_device: false,
      is_read_only: readOnly,
      // A flush of the guest is an fsync of the file (VM-8).
      cache_type: "Writeback",
      // Its io_uring engine holds the files for 27 ms after the process has ended.
      io_engine: "Sync",
    })),
    "network-interfaces": [{ iface_id: "net", host_dev_name: machine.tap, guest_mac: machine.mac }],
    vsock: { guest_cid: GUEST_CID, uds_path: runtimeFile(jailPaths.runtime, "vsock") },
    entropy: {},
  };
}

/** A machine of nothing but a kernel, for the KVM probe. */
export function probeConfig() {
  return {
    "boot-source": { kernel_image_path: jailPaths.kernel, boot_args: "console=ttyS0" },
    "machine-config": { vcpu_count: 1, mem_size_mib: 32 },
    drives: [],
  };
}

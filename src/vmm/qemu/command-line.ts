import type { MachineSpec } from "../../domain/ports.ts";
import { disksOf } from "../shared/disks.ts";
import { jailDisk } from "../shared/jail.ts";
import { AGENT_PORT, jailPaths, type SocketName, socketPath, TAP_FD } from "./layout.ts";

export type QemuMachine = Pick<
  MachineSpec,
  "vmId" | "name" | "vcpu" | "memoryMib" | "mac" | "accelerator" | "disks"
> & {
  readonly kernelCommandLine: string;
};

/** Everything of a PC that a Linux guest with virtio does not need costs start time; ACPI stays: power-off needs it. */
const MACHINE =
  "microvm,acpi=on,rtc=on,isa-serial=on,pit=off,pic=off,pcie=off,usb=off,auto-kernel-cmdline=off,x-option-roms=off,mem-merge=off,dump-guest-core=off";
const KVM = ["-accel", "kvm", "-cpu", "host"];
const SANDBOX = ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"];

/** QEMU's argv for the KVM probe: the same machine, with nothing but a kernel, and its serial port on the standard output. `name` tells a stray. */
export function probeArguments(name: string): string[] {
  return [
    ["-name", `guest=${name}`],
    [
      "-nodefaults",
      "-no-user-config",
      "-no-reboot",
      "-display",
      "none",
      "-machine",
      MACHINE,
      ...KVM,
      ...SANDBOX,
    ],
    ["-smp", "1", "-m", "32M", "-kernel", jailPaths.kernel],
    ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"],
  ].flat();
}

/**
 * QEMU's argv after the program's name. Paths are the jail's. `-name` carries the VM's id, by which a stray process is told (ST-5).
 * The console's socket waits for its first client, so that nothing is printed before somebody reads it.
 */
export function qemuArguments(machine: QemuMachine): string[] {
  return [
    ["-name", `guest=${machine.name}.${machine.vmId}`],
    ["-nodefaults", "-no-user-config", "-no-reboot"],
    ["-display", "none"],
    ["-machine", MACHINE],
    machine.accelerator === "kvm"
      ? KVM
      : // Without ERMS: the kernel's `rep movsb` copies are emulated byte by byte, at less than half the speed of its loops.
        ["-accel", "tcg,thread=multi", "-cpu", "max,-erms"],
    ["-smp", String(machine.vcpu), "-m", `${machine.memoryMib}M`],
    SANDBOX,
    ["-kernel", jailPaths.kernel, "-initrd", jailPaths.initramfs, "-append", machine.kernelCommandLine],
    [...socketChardev("console", "on"), "-serial", "chardev:console"],
    [...socketChardev("qmp", "off"), "-mon", "chardev=qmp,mode=control"],
    // Port 0 is a console's. By default it has queues for 31, and with KVM each of its 64 costs the host's kernel a grace period.
    [...socketChardev("agent", "off"), "-device", "virtio-serial-device,max_ports=2"],
    ["-device", `virtserialport,chardev=agent,name=${AGENT_PORT}`],
    ...disksOf(machine.disks).map(diskArguments),
    [
      "-netdev",
      `tap,id=net,fd=${TAP_FD}`,
      "-device",
      `virtio-net-device,netdev=net,status=off,mac=${machine.mac}`,
    ],
    ["-object", "rng-builtin,id=rng", "-device", "virtio-rng-device,rng=rng"],
  ].flat();
}

function socketChardev(socket: SocketName, wait: "on" | "off"): string[] {
  return [
    "-chardev",
    `socket,id=${socket},path=${socketPath(jailPaths.runtime, socket)},server=on,wait=${wait}`,
  ];
}

/**
 * Through the host's page cache; a flush of the guest is an fdatasync of the file (VM-8). Discards free blocks of the sparse file. No file
 * lock: each disk has one VM, and banger's own lock guards that.
 */
function diskArguments({ role, kind, readOnly }: ReturnType<typeof disksOf>[number]): string[] {
  const access = readOnly ? "read-only=on" : "read-only=off,discard=unmap";
  const file = `file.driver=${kind === "file" ? "file" : "host_device"},file.filename=${jailDisk(role)}`;
  return [
    "-blockdev",
    `driver=raw,node-name=${role},${access},${file},file.aio=threads,file.locking=off`,
    "-device",
    // By default a host's full disk pauses the guest, with nobody to go on: like any other error, and as under Firecracker, it is the guest's to see.
    `virtio-blk-device,drive=${role},serial=banger-${role},werror=report`,
  ];
}

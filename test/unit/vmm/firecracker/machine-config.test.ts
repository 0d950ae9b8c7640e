import { expect, it } from "vitest";
import { z } from "zod";
import type { MachineDisk } from "../../../../src/domain/ports.ts";
import {
  type FirecrackerMachine,
  machineConfig,
  probeConfig,
} from "../../../../src/vmm/firecracker/machine-config.ts";

/** The sections of its API's published description (1.16.1) that banger uses: what is not in them, Firecracker refuses. */
const description = z.strictObject({
  "boot-source": z.strictObject({
    kernel_image_path: z.string(),
    initrd_path: z.string().optional(),
    boot_args: z.string().max(2048).optional(),
  }),
  "machine-config": z.strictObject({
    vcpu_count: z.int().min(1).max(32),
    mem_size_mib: z.int(),
  }),
  drives: z.array(
    z.strictObject({
      drive_id: z.string().regex(/^\w+$/),
      path_on_host: z.string(),
      is_root_device: z.boolean(),
      is_read_only: z.boolean(),
      cache_type: z.enum(["Unsafe", "Writeback"]),
      io_engine: z.enum(["Sync", "Async"]),
    }),
  ),
  "network-interfaces": z
    .array(z.strictObject({ iface_id: z.string(), host_dev_name: z.string(), guest_mac: z.string() }))
    .optional(),
  vsock: z.strictObject({ guest_cid: z.int().min(3), uds_path: z.string().max(80) }).optional(),
  entropy: z.strictObject({}).optional(),
});

const disk = (path: string, readOnly: boolean): MachineDisk => ({ path, kind: "file", readOnly });
const machine: FirecrackerMachine = {
  vcpu: 2,
  memoryMib: 512,
  mac: "02:62:67:00:00:01",
  tap: "bgr1",
  disks: {
    root: { path: "/dev/dm-3", kind: "device", readOnly: true },
    work: disk("/s/work.img", false),
    config: disk("/s/config.tar", true),
    upper: disk("/s/upper.img", false),
  },
};

it("says what the published description knows, and nothing else", () => {
  expect(description.parse(machineConfig(machine))).toEqual(machineConfig(machine));
  expect(description.parse(probeConfig())).toEqual(probeConfig());
});

it("gives the disks in the order by which the guest tells them", () => {
  const drives = machineConfig(machine).drives;
  expect(
    drives.map(({ drive_id, path_on_host, is_read_only }) => [drive_id, path_on_host, is_read_only]),
  ).toEqual([
    ["root", "/root.img", true],
    ["work", "/work.img", false],
    ["config", "/config.img", true],
    ["upper", "/upper.img", false],
  ]);
  const without = machineConfig({ ...machine, disks: { ...machine.disks, upper: null } }).drives;
  expect(without.map(({ drive_id }) => drive_id)).toEqual(["root", "work", "config"]);
});

it("flushes to the disk, by the engine that lets go of it at once, and names no root", () => {
  for (const drive of machineConfig(machine).drives) {
    expect(drive).toMatchObject({ cache_type: "Writeback", io_engine: "Sync", is_root_device: false });
  }
  expect(machineConfig(machine)["boot-source"].boot_args).not.toContain("root=");
});

it("tells the guest which machine it is on, on one line without secrets", () => {
  const words = machineConfig(machine)["boot-source"].boot_args.split(" ");
  expect(words).toEqual(
    expect.arrayContaining(["banger.vmm=firecracker", "reboot=k", "panic=-1", "rdinit=/init", "quiet"]),
  );
});

import { expect, test } from "vitest";
import {
  GUEST_MODULES,
  orderModules,
  type WantedModule,
} from "../../../../src/images/kernel/module-order.ts";

/** A kernel as text: `name: what it depends on` a line, as modules.dep has it, and the names that are built in. */
function kernel(dependencies: string, builtin: string[] = [], soft: Record<string, string[]> = {}) {
  const modules = new Map(
    dependencies.split("\n").map((line) => {
      const [name, rest = ""] = line.trim().split(":");
      return [name as string, rest.trim().split(/\s+/).filter(Boolean)];
    }),
  );
  return {
    isModule: (name: string) => modules.has(name),
    isBuiltin: (name: string) => builtin.includes(name),
    info: async (name: string) => ({ depends: modules.get(name) ?? [], softBefore: soft[name] ?? [] }),
  };
}

const early = (name: string): WantedModule => ({ name, late: false, required: true });
const late = (name: string): WantedModule => ({ name, late: true, required: false });
const names = (order: { name: string; late: boolean }[]) =>
  order.map((each) => (each.late ? `late ${each.name}` : each.name));

test("each module comes after what it depends on, and none twice", async () => {
  const source = kernel("a: b c\nb: d\nc: d\nd:");
  expect(names(await orderModules([early("a"), early("c")], source))).toEqual(["d", "b", "c", "a"]);
});

test("what a late module shares with an early one is early", async () => {
  const source = kernel("vsock: ring\nblk: ring\nring:");
  expect(names(await orderModules([late("vsock"), early("blk")], source))).toEqual([
    "ring",
    "blk",
    "late vsock",
  ]);
});

test("what is built in is not loaded, but what it softly depends on is", async () => {
  const source = kernel("crc32c_generic:", ["ext4"], { ext4: ["crc32c_generic", "nothing_has_this"] });
  expect(names(await orderModules([early("ext4")], source))).toEqual(["crc32c_generic"]);
});

test("an optional module that the kernel lacks is left out", async () => {
  expect(await orderModules([late("overlay")], kernel("a:"))).toEqual([]);
});

test.each([
  ["a required module", "other:"],
  ["a dependency", "virtio_blk: gone"],
])("%s that is missing is an error", async (_what, text) => {
  const ordering = orderModules([early("virtio_blk")], kernel(text));
  await expect(ordering).rejects.toMatchObject({ code: "ERR_KERNEL_UNSUITABLE" });
});

test("the modules of Debian's cloud kernel", async () => {
  const source = kernel(
    `virtio:virtio_ring
     virtio_ring:
     virtio_mmio:virtio_ring virtio
     virtio_blk:virtio_ring virtio
     virtio_console:virtio_ring virtio
     virtio_net:net_failover virtio_ring virtio
     net_failover:failover
     failover:
     virtio_rng:virtio_ring virtio
     overlay:
     vsock:
     vmw_vsock_virtio_transport_common:vsock
     vmw_vsock_virtio_transport:vmw_vsock_virtio_transport_common virtio_ring virtio vsock`,
    ["ext4"],
  );
  expect(names(await orderModules(GUEST_MODULES, source))).toEqual([
    "virtio_ring",
    "virtio",
    "virtio_mmio",
    "virtio_blk",
    "virtio_console",
    "failover",
    "net_failover",
    "virtio_net",
    "late overlay",
    "late virtio_rng",
    "late vsock",
    "late vmw_vsock_virtio_transport_common",
    "late vmw_vsock_virtio_transport",
  ]);
});

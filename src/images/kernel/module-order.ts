import { BangerError } from "../../shared/errors.ts";
import type { ModuleInfo } from "./modinfo.ts";

/** A module that the guest's start needs, or may use. */
export interface WantedModule {
  name: string;
  /** Loaded only after the agent was started (`late` in /modules/order). */
  late: boolean;
  /** A kernel that has it neither as a module nor built in cannot be used. */
  required: boolean;
}

/**
 * What banger's guests need. virtio_pci is not among them: both VMMs give their devices as virtio-mmio. ext4's own needs
 * (a crc32c) are followed as soft dependencies. What disks need stands first, no later than virtio_mmio, virtio_blk and ext4: banger-init loads
 * the rest while it mounts (take_behind_disks).
 */
export const GUEST_MODULES: readonly WantedModule[] = [
  { name: "virtio_mmio", late: false, required: true },
  { name: "virtio_blk", late: false, required: true },
  { name: "ext4", late: false, required: true },
  { name: "virtio_console", late: false, required: true },
  { name: "virtio_net", late: false, required: true },
  // First among the late ones: an overlay's root needs it, and all before it, at once (banger-init's take_overlay_modules).
  { name: "overlay", late: true, required: false },
  { name: "virtio_rng", late: true, required: false },
  { name: "vmw_vsock_virtio_transport", late: true, required: false },
];

/** What a kernel has. Names are with underscores. */
export interface ModuleSource {
  isModule(name: string): boolean;
  isBuiltin(name: string): boolean;
  /** Of a module, or of what is built in. */
  info(name: string): Promise<ModuleInfo>;
}

/**
 * The order in which the wanted modules and all that they need are loaded: each after what it depends on, none twice.
 * @throws BangerError ERR_KERNEL_UNSUITABLE when a required module or a dependency is missing.
 */
export async function orderModules(
  wanted: readonly WantedModule[],
  source: ModuleSource,
): Promise<{ name: string; late: boolean }[]> {
  const order: { name: string; late: boolean }[] = [];
  const visited = new Set<string>();
  const visit = async (name: string, late: boolean, neededBy: string | null): Promise<void> => {
    if (visited.has(name)) return;
    visited.add(name);
    const isModule = source.isModule(name);
    if (!isModule && !source.isBuiltin(name)) {
      if (neededBy === null) return;
      throw unsuitable(`it lacks the module ${name}, which ${neededBy} needs`);
    }
    const { depends, softBefore } = await source.info(name);
    for (const each of softBefore) await visit(each, late, null);
    for (const each of depends) await visit(each, late, name);
    if (isModule) order.push({ name, late });
  };
  // All that is loaded early comes first, so that a dependency of both kinds is early.
  for (const late of [false, true]) {
    for (const each of wanted.filter((module) => module.late === late)) {
      await visit(each.name, late, each.required ? "every guest" : null);
    }
  }
  return order;
}

function unsuitable(what: string): BangerError {
  return new BangerError("ERR_KERNEL_UNSUITABLE", `this kernel cannot boot banger's guests: ${what}`, {
    next: "use a kernel with virtio (mmio, blk, net, console) and ext4, as modules or built in",
  });
}

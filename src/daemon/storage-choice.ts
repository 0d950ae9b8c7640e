import type { KernelRecord } from "../domain/image.ts";
import type { StorageKind } from "../domain/vm.ts";
import { remember } from "./remember.ts";

type Choose = (kernel: Pick<KernelRecord, "overlay">) => Promise<{ kind: StorageKind; reason: string }>;

/**
 * The storage driver for new VMs, asked once. Only device-mapper may come to a host whose daemon runs: its modules are loaded, as doctor advises.
 * What is used for want of it is asked for again then.
 */
export function storageChoice(
  setting: StorageKind | "auto",
  choose: Choose,
  loadedModules: () => Promise<string>,
): Choose {
  const isFinal = ({ kind }: { kind: StorageKind }) =>
    setting !== "auto" || kind === "reflink" || kind === "dm-snapshot";
  const choice = (overlay: boolean) => remember(() => choose({ overlay }), { isFinal, state: loadedModules });
  const [withOverlayfs, withoutOverlayfs] = [choice(true), choice(false)];
  return (kernel) => (kernel.overlay ? withOverlayfs() : withoutOverlayfs());
}

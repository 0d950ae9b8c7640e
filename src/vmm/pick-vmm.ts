import type { Vmm } from "../domain/ports.ts";
import type { Accelerator, VmmKind } from "../domain/vm.ts";

export interface PickedVmm {
  readonly kind: VmmKind;
  readonly accelerator: Accelerator;
  /** For a person, one line. */
  readonly reason: string;
}

/**
 * The VMM for new VMs (VMM-1). `auto` is Firecracker where it is there, new enough and has a KVM that works, else QEMU; one that the user
 * named is taken, and what it lacks is for its preflight to say.
 */
export async function pickVmm(
  setting: VmmKind | "auto",
  vmms: Readonly<Record<VmmKind, Pick<Vmm, "accelerator" | "preflight">>>,
): Promise<PickedVmm> {
  if (setting !== "auto") {
    const { kind, reason } = await vmms[setting].accelerator();
    return { kind: setting, accelerator: kind, reason: `vmm = "${setting}"; ${reason}` };
  }
  // A host without TAPs has none for QEMU either.
  const against = (await vmms.firecracker.preflight()).filter(({ code }) => code !== "ERR_NO_TUN");
  const [first] = against;
  if (first === undefined) {
    const { kind, reason } = await vmms.firecracker.accelerator();
    return { kind: "firecracker", accelerator: kind, reason };
  }
  const { kind, reason } = await vmms.qemu.accelerator();
  const why = first.message.includes(reason) ? first.message : `${first.message}; ${reason}`;
  return { kind: "qemu", accelerator: kind, reason: why };
}

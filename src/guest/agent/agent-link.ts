import type { GuestAgent } from "../../domain/guest.ts";
import type { Vmm } from "../../domain/ports.ts";
import { connectAgent } from "./agent-client.ts";

/** Connects agents over what a VMM offers: vsock, or a pipe that knows no connections (a virtio-serial port). */
export class AgentLink {
  readonly #vmm: Pick<Vmm, "connectGuest" | "freshConnections">;

  constructor(vmm: Pick<Vmm, "connectGuest" | "freshConnections">) {
    this.#vmm = vmm;
  }

  /** Waits for a guest that is still booting. @throws BangerError ERR_AGENT_LOST when the VMM ends first; the signal's reason. */
  async connect(machine: { runtime: string; bootToken: string; signal: AbortSignal }): Promise<GuestAgent> {
    const { runtime, bootToken, signal } = machine;
    const duplex = await this.#vmm.connectGuest({ runtime, bootToken }, signal);
    return connectAgent({ duplex, bootToken: this.#vmm.freshConnections ? null : bootToken, signal });
  }
}

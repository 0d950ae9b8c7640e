import type { Duplex } from "node:stream";
import type { GuestAgent } from "../../domain/ports.ts";
import { connectAgent } from "./agent-client.ts";

/** Opens the byte pipe to a machine's agent: the VMM's part. */
export type OpenPipe = (
  machine: { runtime: string; bootToken: string },
  signal: AbortSignal,
) => Promise<Duplex>;

/** Connects agents over a pipe that knows no connections: the VMM's virtio-serial socket. */
export class AgentLink {
  readonly #openPipe: OpenPipe;

  constructor(openPipe: OpenPipe) {
    this.#openPipe = openPipe;
  }

  /** Waits for a guest that is still booting. @throws BangerError ERR_AGENT_LOST when the VMM ends first; the signal's reason. */
  async connect(machine: { runtime: string; bootToken: string; signal: AbortSignal }): Promise<GuestAgent> {
    const { runtime, bootToken, signal } = machine;
    const duplex = await this.#openPipe({ runtime, bootToken }, signal);
    return connectAgent({ duplex, bootToken, signal });
  }
}

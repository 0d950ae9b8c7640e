import type { QuestionBudget } from "./budget.ts";
import type { Forwarder } from "./forwarder.ts";
import { CLASS, type Query, RCODE, readQuery, TYPE } from "./query.ts";
import { authoritativeReply, codeReply, fitDatagram, headerReply } from "./reply.ts";
import type { Zone } from "./zone.ts";

/** Who asks, and how. */
export interface Asker {
  readonly address: string;
  readonly transport: "udp" | "tcp";
}

/** What a message gets for a reply; null: nothing. Never rejects. */
export type Respond = (bytes: Buffer, from: Asker) => Promise<Buffer | null>;

export interface GuestRules {
  readonly forwarder: Pick<Forwarder, "forward">;
  /** Whether this source may ask at all: others on the gateway address are no guests of ours. */
  readonly mayAsk: (sourceAddress: string) => boolean;
  /** Whether this source may ask for names that are not ours (`--net`, NET-3). */
  readonly mayResolve: (sourceAddress: string) => boolean;
  readonly budget: Pick<QuestionBudget, "take">;
}

/** Answers from our zones; with `guests`, other names from the host's resolver. */
export function responder(zone: Zone, guests: GuestRules | null): Respond {
  const recursive = guests !== null;
  const answer = async (query: Query, from: Asker): Promise<Buffer> => {
    const refused = () => codeReply(query, RCODE.REFUSED, { recursive });
    if (query.edns !== null && query.edns.version !== 0)
      return codeReply(query, RCODE.BADVERS, { recursive });
    const transfers = query.type === TYPE.AXFR || query.type === TYPE.IXFR;
    const isInternet = query.class === CLASS.IN || query.class === CLASS.ANY;
    if (transfers || !isInternet || guests?.mayAsk(from.address) === false) return refused();
    const ours = zone.answer(query);
    if (ours !== null) {
      // A dot inside of a label cannot be written as dns2 takes names. Nothing of ours is called so.
      if (query.labels.some((label) => label.includes(".")))
        return codeReply(query, RCODE.NXDOMAIN, { recursive });
      return authoritativeReply(query, ours, { recursive });
    }
    if (guests === null || !guests.mayResolve(from.address)) return refused();
    return (
      (await guests.forwarder.forward(query, from)) ?? codeReply(query, RCODE.SERVFAIL, { recursive: true })
    );
  };
  return async (bytes, from) => {
    // Strangers share one: their addresses are theirs to choose.
    if (guests?.budget.take(guests.mayAsk(from.address) ? from.address : "") === false) return null;
    const read = readQuery(bytes);
    if (read.kind === "ignored") return null;
    if (read.kind === "refused") return headerReply(bytes, read.rcode);
    const reply = await answer(read.query, from);
    return from.transport === "udp" ? fitDatagram(reply, read.query) : reply;
  };
}

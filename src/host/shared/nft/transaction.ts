import { HostError } from "../../host-error.ts";
import type { NftCommand } from "../../host-ops.ts";
import { Malformed } from "./attributes.ts";
import { decodeChain } from "./chain.ts";
import { batchFailure, commandFailure } from "./failure.ts";
import { type Message, NLM_F } from "./message.ts";
import { objectOf } from "./object.ts";
import type { Planned } from "./plan.ts";
import { type Ack, decodeAck } from "./reply.ts";
import { decodeRule } from "./rule.ts";
import { decodeSet } from "./set.ts";
import { decodeTable } from "./table.ts";

const ACK_BYTES = 2048; // one socket buffer, as the kernel accounts for it
const ECHO_BYTES = 16 * 1024;

/** How much room the answers need. */
export function replyBytes(planned: readonly Planned[]): number {
  const echoes = planned.filter(({ request }) => (request.flags & NLM_F.ECHO) !== 0).length;
  return Math.min(planned.length * ACK_BYTES + echoes * ECHO_BYTES, 2 ** 31);
}

/** Of a transaction that was made, the handles by command; else why not, and the places of those that deleted what is not there. */
export type Outcome =
  | { readonly results: ReadonlyMap<number, bigint> }
  | { readonly error: HostError; readonly missing: readonly number[] };

/** What the answers say. `first` is the sequence of BATCH_BEGIN. */
export function outcomeOf(
  commands: readonly NftCommand[],
  planned: readonly Planned[],
  first: number,
  replies: readonly Message[],
): Outcome {
  const acks = new Map<number, Ack>();
  const results = new Map<number, bigint>();
  for (const message of replies) {
    const place = message.sequence - first - 1;
    const ack = decodeAck(message);
    // The last counts: a transaction that the kernel began again has the first try's answers dropped.
    if (ack !== null) acks.set(place, ack);
    const handle = ack === null ? handleOf(message) : null;
    const command = planned[place]?.command;
    if (handle !== null && command !== undefined) results.set(command, handle);
  }
  const whole = acks.get(-1);
  if (whole !== undefined && whole.errno !== 0) return { error: batchFailure(whole), missing: [] };
  const failed = [...planned.keys()].filter((place) => acks.get(place)?.errno !== 0);
  if (failed.length === 0) return { results };
  return failureOf(commands, planned, failed, acks);
}

const ENOENT = 2;

function failureOf(
  commands: readonly NftCommand[],
  planned: readonly Planned[],
  failed: readonly number[],
  acks: ReadonlyMap<number, Ack>,
): Outcome {
  const isGone = (place: number) => planned[place]?.optional === true && acks.get(place)?.errno === ENOENT;
  // What failed had no effect, so each of the others failed by itself.
  const real = failed.find((place) => !isGone(place));
  const place = real ?? (failed[0] as number);
  const ack = acks.get(place);
  if (ack === undefined) {
    const facts = {
      errnoCode: "EBADMSG",
      syscall: "netlink(NETLINK_NETFILTER)",
      object: objectOf(commands[(planned[place] as Planned).command] as NftCommand),
    };
    return { error: new HostError({ ...facts, detail: "the kernel did not answer" }), missing: [] };
  }
  const error = commandFailure(commands, planned[place] as Planned, ack);
  return { error, missing: real === undefined ? failed : [] };
}

/** null of what makes nothing, and of an echo that says nothing. */
function handleOf(message: Message): bigint | null {
  try {
    const decoders = [decodeTable, decodeChain, decodeSet, decodeRule];
    return decoders.map((decode) => decode(message)?.handle).find((handle) => handle !== undefined) ?? null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

import { Packet } from "dns2";
import { type Query, readQuery, TYPE } from "../../../../src/dns/query.ts";

export interface Asked {
  readonly name: string;
  readonly type?: number;
  readonly class?: number;
  readonly id?: number;
  readonly recursionDesired?: boolean;
  readonly edns?: { readonly payload?: number; readonly version?: number; readonly dnssecOk?: boolean };
}

/** A query as a client sends it. */
export function query(asked: Asked): Buffer {
  const packet = new Packet();
  packet.header = new Packet.Header({ id: asked.id ?? 0x1234, rd: asked.recursionDesired === false ? 0 : 1 });
  packet.questions = [new Packet.Question(asked.name, asked.type ?? TYPE.A, asked.class ?? 1)];
  if (asked.edns !== undefined) {
    const { payload = 1232, version = 0, dnssecOk = false } = asked.edns;
    const options = { udpPayloadSize: payload, version, doFlag: dnssecOk };
    packet.additionals = [new Packet.Resource({ ...Packet.Resource.EDNS([], options), name: "" })];
  }
  return packet.toBuffer();
}

/** The same, read. */
export function asked(what: Asked): Query {
  const read = readQuery(query(what));
  if (read.kind !== "query") throw new Error(`no query: ${read.kind}`);
  return read.query;
}

/** A reply taken apart; one that dns2 cannot read whole is an error. */
export function parsed(reply: Buffer | null): Packet {
  if (reply === null) throw new Error("no reply");
  const packet = Packet.parse(reply);
  if (packet.errors.length > 0) throw packet.errors[0];
  return packet;
}

/** What a person reads in a reply: code, then each answer. */
export function told(reply: Buffer | null): string {
  const { header, answers } = parsed(reply);
  const code = Object.entries(Packet.RCODE).find(([, value]) => value === header.rcode)?.[0] ?? header.rcode;
  return [
    code,
    ...answers.map((each) => each.address ?? each.domain ?? String(each.data ?? each.primary)),
  ].join(" ");
}

/** A message by hand: header counts and whatever bytes follow. */
export function raw(counts: readonly [number, number, number, number], ...rest: Buffer[]): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0x4242, 0);
  header.writeUInt16BE(0x0100, 2);
  for (const [index, count] of counts.entries()) header.writeUInt16BE(count, 4 + 2 * index);
  return Buffer.concat([header, ...rest]);
}

/** Labels with their lengths, and the root after them. */
export function wireName(...labels: string[]): Buffer {
  return Buffer.concat(
    [...labels, ""].map((each) => Buffer.from([each.length, ...Buffer.from(each, "latin1")])),
  );
}

export const IN_A = Buffer.from([0, 1, 0, 1]);

import { describe, expect, it } from "vitest";
import type { NftCommand } from "../../../../../src/host/host-ops.ts";
import { attribute } from "../../../../../src/host/shared/nft/attributes.ts";
import {
  encodeRequest,
  type Message,
  NLM_F,
  NLMSG_ERROR,
} from "../../../../../src/host/shared/nft/message.ts";
import { plan } from "../../../../../src/host/shared/nft/plan.ts";
import { outcomeOf } from "../../../../../src/host/shared/nft/transaction.ts";
import { joined, numberBytes } from "../../../../../src/shared/nft/bytes.ts";
import {
  accept,
  addTo,
  connectionLimit,
  counter,
  fibType,
  ip,
  match,
  nftRule,
} from "../../../../../src/shared/nft/index.ts";

const [EPERM, ENOENT, EOPNOTSUPP, FIRST] = [1, 2, 95, 100];
const table = { family: "inet", name: "t" } as const;
const chain = { table, name: "c" };
const commands: NftCommand[] = [
  { op: "add-table", table },
  {
    op: "add-rule",
    rule: { chain, expressions: nftRule(counter(), match(fibType(["daddr"]), "local"), accept) },
  },
  { op: "delete-chain", chain },
  { op: "delete-set", set: { table, name: "s" }, mustExist: true },
];
const planned = plan(commands);

/** `NLMSG_ERROR { error, nlmsghdr } NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS`, as a socket with NETLINK_CAP_ACK has it. */
function ack(place: number, errno: number, text = "", offset?: number): Message {
  const parts = [
    ...(text === "" ? [] : [attribute(1, new TextEncoder().encode(`${text}\0`))]),
    ...(offset === undefined ? [] : [attribute(2, numberBytes(offset, 4, "host"))]),
  ];
  return {
    ...{ type: NLMSG_ERROR, flags: NLM_F.CAPPED | NLM_F.ACK_TLVS, sequence: FIRST + 1 + place },
    payload: joined([
      numberBytes(BigInt.asUintN(32, BigInt(-errno)), 4, "host"),
      new Uint8Array(16),
      ...parts,
    ]),
  };
}

function outcome(...acks: Message[]) {
  const others = [0, 1, 2, 3].filter((place) => !acks.some(({ sequence }) => sequence === FIRST + 1 + place));
  return outcomeOf(commands, planned, FIRST, [...others.map((place) => ack(place, 0)), ...acks]);
}

describe("what the kernel answers to a transaction", () => {
  it("is a success when every message is acknowledged, and only then", () => {
    expect(outcome()).toEqual({ results: new Map() });
    const silent = outcomeOf(commands, planned, FIRST, [ack(0, 0), ack(1, 0), ack(2, 0)]);
    expect(silent).toMatchObject({ error: { errnoCode: "EBADMSG", object: "set inet t s" }, missing: [] });
  });

  it("is of the whole when it is of its begin", () => {
    const whole = (errno: number) => outcomeOf(commands, planned, FIRST, [ack(-1, errno)]);
    expect(whole(EPERM)).toMatchObject({ error: { code: "ERR_HOST_PERMISSION" } });
    expect(whole(EOPNOTSUPP)).toMatchObject({
      error: { code: "ERR_HOST_UNSUPPORTED", next: "load it: `modprobe nf_tables`", object: "nf_tables" },
    });
  });

  it("names the command, the kernel's words, and the expression that the kernel points to", () => {
    const rule = encodeRequest((planned[1] as (typeof planned)[number]).request, 0);
    // The second of the list: `counter`, then `fib`.
    const offset = Buffer.from(rule).indexOf("fib\0") - 8;
    expect(outcome(ack(1, ENOENT, "No such thing", offset))).toMatchObject({
      error: {
        ...{ code: "ERR_HOST_UNSUPPORTED", errnoCode: "ENOENT", syscall: "netlink(NFT_MSG_NEWRULE)" },
        message: expect.stringContaining("No such thing, at expression 1, this kernel has no expression fib"),
        next: "load it: `modprobe nft_fib_inet`",
        details: expect.objectContaining({ command: 1, place: 1 }),
      },
      missing: [],
    });
  });

  it("says of a rule that changes a set which of the two this kernel lacks", () => {
    const set = { table, name: "s", key: ["ipv4_addr"], dynamic: true, size: 9 } as const;
    const expressions = nftRule(addTo([ip.saddr], set, { state: connectionLimit(9, "beyond") }), accept);
    const rule: NftCommand = { op: "add-rule", rule: { chain, expressions } };
    const failed = (...before: NftCommand[]) => {
      const all = [...before, rule];
      const messages = plan(all);
      const bytes = encodeRequest((messages.at(-1) as (typeof messages)[number]).request, 0);
      const offset = Buffer.from(bytes).indexOf("dynset\0") - 8;
      const acks = messages.map((_, place) => ack(place, 0));
      return outcomeOf(all, messages, FIRST, [...acks, ack(all.length - 1, ENOENT, "", offset)]);
    };
    expect(failed({ op: "add-set", set })).toMatchObject({
      error: { code: "ERR_HOST_UNSUPPORTED", next: "load it: `modprobe nft_connlimit`" },
    });
    // Without the set it is the set, for all that can be told.
    expect(failed()).toMatchObject({ error: { code: "ERR_HOST_NOT_FOUND" } });
  });

  it("is of the first command that failed by itself; what was to be deleted and is gone did not", () => {
    expect(outcome(ack(2, ENOENT))).toMatchObject({ missing: [2] });
    expect(outcome(ack(2, ENOENT), ack(3, ENOENT))).toMatchObject({
      error: { code: "ERR_HOST_NOT_FOUND", details: { command: 3 } },
      missing: [],
    });
    expect(outcome(ack(2, EPERM))).toMatchObject({ missing: [], error: { details: { command: 2 } } });
  });
});

import { describe, expect, it } from "vitest";
import type { ConntrackFilter } from "../../../../../src/host/host-ops.ts";
import { checkDeletion, checkFilter, isMatch } from "../../../../../src/host/shared/conntrack/filter.ts";
import {
  decodeConnection,
  decodeUsage,
  deleteBySources,
  deleteListed,
  getUsage,
  type Listed,
  listConnections,
} from "../../../../../src/host/shared/conntrack/message.ts";
import { messagesOf } from "../../../../../src/host/shared/nft/message.ts";
import { show } from "../nft/tree.ts";
import { DELETED, LISTED, USAGE, USAGE_ASKED } from "./golden.ts";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
const [message] = messagesOf(bytes(LISTED));
const listed = decodeConnection(message as NonNullable<typeof message>) as Listed;

describe("messages of ctnetlink, as conntrack(8) and the kernel write them", () => {
  it("ask how many connections there are, and are answered", () => {
    const { flags, ...asked } = show(getUsage(1));
    expect(asked).toEqual((({ flags: _, ...rest }) => rest)(show(bytes(USAGE_ASKED))));
    expect(flags).toBe(5); // and want an acknowledgement
    expect(messagesOf(bytes(USAGE)).map(decodeUsage)).toEqual([{ entries: 0, most: 262_144 }]);
  });

  it("tell a connection", () => {
    expect(listed.info).toEqual({
      protocol: 17,
      original: { source: "10.0.0.1", destination: "10.0.0.2", sourcePort: 4000, destinationPort: 53 },
      reply: { source: "10.0.0.2", destination: "10.0.0.1", sourcePort: 53, destinationPort: 4000 },
    });
  });

  it("delete the very one that was told", () => {
    const [ours, theirs] = [show(deleteListed(listed, 1)), show(bytes(DELETED))];
    const { tree, ...head } = ours;
    expect(head).toEqual((({ tree: _, ...rest }) => rest)(theirs));
    const [original] = tree;
    expect(original).toEqual(theirs.tree[0]);
    expect(tree.slice(1)).toEqual([[12, "553dcdaa"]]); // CTA_ID
  });

  it("list and delete by sources: a part of a tuple, and which part it is", () => {
    const tree = (filter: ConntrackFilter) => show(deleteBySources(filter, 1)).tree;
    const [orig, reply] = [
      [1, [[1, [[1, "0a000001"]]]]],
      [2, [[1, [[1, "0a000002"]]]]],
    ];
    const flags = (of: string, other: string) => [
      25,
      [
        [1, of],
        [2, other],
      ],
    ];
    const [on, off] = ["01000000", "00000000"];
    expect(tree({ originalSource: "10.0.0.1" })).toEqual([orig, flags(on, off)]);
    expect(tree({ replySource: "10.0.0.2" })).toEqual([reply, flags(off, on)]);
    const both = { originalSource: "10.0.0.1", replySource: "10.0.0.2" };
    expect(tree(both)).toEqual([orig, reply, flags(on, on)]);
    expect(show(listConnections(both, 1))).toMatchObject({
      type: 0x101,
      flags: 0x301,
      family: 2,
      tree: tree(both),
    });
    expect(show(deleteBySources(both, 1))).toMatchObject({ type: 0x102, flags: 5, family: 2 });
    expect(show(listConnections({}, 1)).tree).toEqual([]);
  });
});

describe("which connections", () => {
  it.each<[ConntrackFilter, boolean]>([
    [{}, true],
    [{ originalSource: "10.0.0.1" }, true],
    [{ originalSource: "10.0.0.2" }, false],
    [{ replySource: "10.0.0.2" }, true],
    [{ originalSource: "10.0.0.1", replySource: "10.0.0.1" }, false],
    [{ originalDestination: ["192.0.2.1", "10.0.0.2"] }, true],
    [{ originalDestination: ["192.0.2.1", "10.0.0.0/30"] }, true],
    [{ originalDestination: ["10.0.0.0/31"] }, false],
    [{ originalSource: "10.0.0.1", originalDestination: [] }, false],
  ])("%j: %s", (filter, expected) => expect(isMatch(checkFilter(filter), listed.info)).toBe(expected));

  it.each<ConntrackFilter>([
    { originalSource: "10.0.0" },
    { replySource: "fd00::1" },
    { originalDestination: ["10.0.0.0/33"] },
    { originalDestination: ["fd00::/64"] },
    { originalDestination: ["here"] },
  ])("%j is refused", (filter) => expect(() => checkFilter(filter)).toThrow(/EINVAL/));

  it("are never all of them, when they are deleted", () => {
    for (const filter of [{}, { originalDestination: ["0.0.0.0/0"] }])
      expect(() => checkDeletion(filter)).toThrow(/everybody's/);
  });
});

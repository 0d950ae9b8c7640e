import { describe, expect, it } from "vitest";
import { openFakeHostOps } from "../../src/host/fake/index.ts";
import { connection, FROM, TO, useConntrack } from "./support/conntrack.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const [A, B, C] = ["127.0.9.1", "127.0.9.2", "127.0.9.3"];

describe.each(hosts)("connections that are tracked ($name)", ({ open }) => {
  const { host, conntrack, connect, there } = useConntrack(open);
  const connectSome = async () => {
    for (const [from, to] of [
      [A, B],
      [B, A],
      [C, A],
      [C, FROM],
    ] as const)
      await connect(from, to);
  };

  it("are told, each way as its packets have it", async () => {
    expect(await conntrack.available()).toMatchObject({ ok: true });
    const { entries, most } = await conntrack.usage();
    expect(most).toBeGreaterThan(0);
    await connect(A, B);
    await connect(A, FROM);
    expect((await conntrack.usage()).entries).toBe(entries + 2);
    const listed = await conntrack.list({ originalSource: A });
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining([connection(A, B), connection(A, FROM)]));
  });

  it("are found by who began them, by where they lead, and by what was asked for", async () => {
    await connectSome();
    const found = async (filter: Parameters<typeof conntrack.list>[0]) =>
      (await conntrack.list(filter))
        .map(({ original }) => `${original.source} ${original.destination}`)
        .sort();
    expect(await found({ originalSource: C })).toEqual([`${C} ${A}`, `${C} ${FROM}`]);
    expect(await found({ replySource: A })).toEqual([`${B} ${A}`, `${C} ${A}`]);
    expect(await found({ replySource: TO })).toEqual([`${C} ${FROM}`]);
    expect(await found({ originalSource: C, replySource: A })).toEqual([`${C} ${A}`]);
    expect(await found({ originalSource: C, originalDestination: [FROM] })).toEqual([`${C} ${FROM}`]);
    expect(await found({ originalSource: B, originalDestination: ["10.0.0.0/8", "127.0.9.0/30"] })).toEqual([
      `${B} ${A}`,
    ]);
    expect(await found({ originalSource: "127.0.9.200" })).toEqual([]);
  });

  it.each<[Parameters<typeof conntrack.delete>[0], string[]]>([
    [{ originalSource: A }, [`${B} ${A}`, `${C} ${A}`, `${C} ${TO}`]],
    [{ replySource: A }, [`${A} ${B}`, `${C} ${TO}`]],
    [{ replySource: TO }, [`${A} ${B}`, `${B} ${A}`, `${C} ${A}`]],
    [{ originalSource: C, replySource: A }, [`${A} ${B}`, `${B} ${A}`, `${C} ${TO}`]],
    [{ originalSource: C, originalDestination: ["127.0.9.8/32"] }, [`${A} ${B}`, `${B} ${A}`, `${C} ${A}`]],
    [{ originalSource: "127.0.9.200" }, [`${A} ${B}`, `${B} ${A}`, `${C} ${A}`, `${C} ${TO}`]],
  ])("are forgotten: %j, and no other", async (filter, left) => {
    await connectSome();
    await conntrack.delete(filter);
    expect(await there()).toEqual(left);
    await conntrack.delete(filter);
    expect(await there()).toEqual(left);
  });

  it("are never forgotten all at once, nor by what is no address", async () => {
    await connect(A, B);
    await expectHostError(conntrack.delete({}), "ERR_HOST_INVALID", "EINVAL");
    await expectHostError(conntrack.delete({ originalDestination: ["0.0.0.0/0"] }), "ERR_HOST_INVALID");
    await expectHostError(conntrack.delete({ originalSource: "10.0.0" }), "ERR_HOST_INVALID", "EINVAL");
    await expectHostError(conntrack.list({ replySource: "::1" }), "ERR_HOST_INVALID", "EINVAL");
    expect(await there()).toEqual([`${A} ${B}`]);
  });

  it("are those of one network namespace", async () => {
    const name = "bgrtest-conntrack";
    const inside = host.netns.in(name).conntrack;
    await host.netns.create(name);
    try {
      await connect(A, B);
      expect(await inside.list()).toEqual([]);
      await inside.delete({ originalSource: A });
      expect(await there()).toEqual([`${A} ${B}`]);
    } finally {
      await host.netns.delete(name);
    }
    await inside.delete({ originalSource: A });
    await expectHostError(inside.list(), "ERR_HOST_NOT_FOUND", "ENOENT");
  });
});

describe("a fake without connection tracking", () => {
  it("says so, as a kernel without it", async () => {
    const { conntrack } = openFakeHostOps({ conntrack: false });
    expect(await conntrack.available()).toEqual({ ok: false, reason: "this kernel has no ctnetlink" });
    await expectHostError(conntrack.usage(), "ERR_HOST_UNSUPPORTED", "EINVAL");
    await expectHostError(conntrack.delete({ originalSource: A }), "ERR_HOST_UNSUPPORTED", "EINVAL");
  });
});

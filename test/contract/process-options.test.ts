import { afterAll, describe, expect, it } from "vitest";
import type { ProcessSpawn } from "../../src/host/host-ops.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { useScratch } from "./support/scratch.ts";
import { sleeper } from "./support/sleeper.ts";

const UID = 617_001;
const SLEEP = sleeper(UID);

describe.each(hosts)("options of a process ($name)", ({ open }) => {
  const host = open();
  const scratch = useScratch();
  afterAll(() => host.close());

  it("a wait that is aborted ends; the process and others who wait go on", async () => {
    const ref = await host.process.spawn(SLEEP);
    const abort = new AbortController();
    const reason = new Error("enough");
    const patient = host.process.wait(ref);
    const waits = [1, 2].map(() => host.process.wait(ref, { signal: abort.signal }));
    const rejected = waits.map((wait) => expect(wait).rejects.toBe(reason));
    await host.process.isAlive(ref);
    abort.abort(reason);
    await Promise.all(rejected);
    await expect(host.process.wait(ref, { signal: abort.signal })).rejects.toBe(reason);
    expect(await host.process.isAlive(ref)).toBe(true);
    await host.process.signal(ref, 9);
    expect(await patient).toEqual({ code: null, signal: 9 });
    expect(await host.process.wait(ref, { signal: new AbortController().signal })).toEqual({
      code: null,
      signal: 9,
    });
  });

  it("an abort in the middle of a wait's beginning is no unhandled rejection", async () => {
    const ref = await host.process.spawn(SLEEP);
    const mine = open(); // which has not started it
    const abort = new AbortController();
    const wait = mine.process.wait(ref, { signal: abort.signal });
    const rejected = expect(wait).rejects.toMatchObject({ name: "AbortError" });
    await Promise.resolve();
    abort.abort();
    // The fake knows only what it started itself: there the wait is over at once.
    if (await mine.process.isAlive(ref)) await rejected;
    else rejected.catch(() => undefined);
    await mine.close();
    await host.process.signal(ref, 9);
    await host.process.wait(ref);
  });

  it.each([
    ["a jail and a chroot", { jail: [], chroot: "/usr" }],
    ["an unknown capability", { capabilities: ["CAP_MAGIC" as "CAP_KILL"] }],
    ["a soft limit above the hard one", { rlimits: { core: { soft: 2n, hard: 1n } } }],
    ["a namespace's name that is none", { netns: "../x" }],
    ["the uid that means as it is", { uid: 0xffff_ffff }],
    ["the gid that means as it is", { gid: 0xffff_ffff }],
    ["a group that is none", { groups: [1, -1] }],
    ["a umask of more than nine bits", { umask: 0o1000 }],
    ["a descriptor that is none", { fds: [{ target: 1.5, kind: "null" }] }],
    ["a descriptor that is too high", { fds: [{ target: 1024, kind: "null" }] }],
    ["a variable's name that is none", { env: { "A=B": "c" } }],
    ["a variable without a value", { env: { A: undefined as unknown as string } }],
    ["an argument with a NUL", { argv: ["sleep", "1\0"] }],
    ["a tmpfs without an end", { jail: [{ kind: "tmpfs", target: "/tmp", sizeBytes: 0 }] }],
    ["a tmpfs of half a byte", { jail: [{ kind: "tmpfs", target: "/tmp", sizeBytes: 0.5 }] }],
  ] satisfies [string, Partial<ProcessSpawn>][])("refuses %s", async (_, part) => {
    await expectHostError(host.process.spawn({ ...SLEEP, ...part }), "ERR_HOST_INVALID", "EINVAL");
  });

  it("says what it was not given", async () => {
    const closed = { target: 3, kind: "inherit", fd: 1_000_000 } as const;
    await expectHostError(host.process.spawn({ ...SLEEP, fds: [closed] }), "ERR_HOST_INVALID", "EBADF");
    const nowhere = scratch.path("none");
    await expectHostError(host.process.spawn({ ...SLEEP, chroot: nowhere }), "ERR_HOST_NOT_FOUND", "ENOENT");
    const netns = `bgrp-${process.pid}`;
    await expectHostError(host.process.spawn({ ...SLEEP, netns }), "ERR_HOST_NOT_FOUND", "ENOENT");
    expect(await host.process.listByUid({ first: UID, last: UID })).toEqual([]);
  });

  it("starts in a named network namespace, whose TAPs it gets", async () => {
    const netns = `bgrp-${process.pid}`;
    await host.netns.create(netns);
    try {
      await host.netns.in(netns).tap.create({ name: "bgrp1", ownerUid: UID });
      const tap: ProcessSpawn = { ...SLEEP, fds: [{ target: 3, kind: "tap", name: "bgrp1" }] };
      await expectHostError(host.process.spawn(tap), "ERR_HOST_NOT_FOUND", "ENODEV");
      const ref = await host.process.spawn({ ...tap, netns });
      await host.process.signal(ref, 9);
      await host.process.wait(ref);
    } finally {
      await host.netns.delete(netns);
    }
  });
});

import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { ProcessSpawn } from "../../src/host/host-ops.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { useScratch } from "./support/scratch.ts";

const UID = 611_001;
const BASE = { env: {}, cwd: "/", uid: UID, gid: UID, umask: 0o77, fds: [] } satisfies Partial<ProcessSpawn>;
const SLEEP: ProcessSpawn = { ...BASE, program: "/bin/sleep", argv: ["sleep", "1000"] };
const exit = (code: number): ProcessSpawn => ({
  ...BASE,
  program: "/bin/sh",
  argv: ["sh", "-c", `exit ${code}`],
});

describe.each(hosts)("process ($name)", ({ open }) => {
  const host = open();
  const scratch = useScratch();
  afterAll(() => host.close());

  it("runs until it is signalled", async () => {
    const ref = await host.process.spawn(SLEEP);
    expect(ref).toMatchObject({ uid: UID });
    expect(await host.process.isAlive(ref)).toBe(true);
    const ends = [host.process.wait(ref), host.process.wait(ref)];
    expect(await host.process.signal(ref, 15)).toBe(true);
    expect(await Promise.all(ends)).toEqual([
      { code: null, signal: 15 },
      { code: null, signal: 15 },
    ]);
    expect(await host.process.isAlive(ref)).toBe(false);
    expect(await host.process.signal(ref, 9)).toBe(false);
    expect(await host.process.wait(ref)).toEqual({ code: null, signal: 15 });
  });

  it.each([0, 7, 255])("tells exit status %i, also to a wait that comes late", async (code) => {
    const ref = await host.process.spawn(exit(code));
    expect(await host.process.wait(ref)).toEqual({ code, signal: null });
    expect(await host.process.wait(ref)).toEqual({ code, signal: null });
    expect(await host.process.isAlive(ref)).toBe(false);
  });

  it("tells what a process has used while it lives, of that process only", async () => {
    const ref = await host.process.spawn(SLEEP);
    const usage = await host.process.usage(ref);
    expect(usage?.cpuMicroseconds).toBeGreaterThanOrEqual(0n);
    expect(usage?.rssBytes).toBeGreaterThanOrEqual(0n);
    expect(await host.process.usage({ ...ref, startTimeTicks: ref.startTimeTicks + 1n })).toBeNull();
    await host.process.signal(ref, 9);
    await host.process.wait(ref);
    expect(await host.process.usage(ref)).toBeNull();
  });

  it("knows a process by more than its pid", async () => {
    const ref = await host.process.spawn(SLEEP);
    const others = [
      { ...ref, startTimeTicks: ref.startTimeTicks + 1n },
      { ...ref, bootId: "11111111-1111-4111-8111-111111111111" },
      { ...ref, uid: UID + 1 },
      { ...ref, pid: 4_194_303 },
    ];
    for (const other of others) {
      expect(await host.process.isAlive(other)).toBe(false);
      expect(await host.process.signal(other, 9)).toBe(false);
      expect(await host.process.wait(other)).toEqual({ code: null, signal: null });
    }
    expect(await host.process.isAlive(ref)).toBe(true);
    await host.process.signal(ref, 9);
    await host.process.wait(ref);
  });

  it("lists the living of a range of uids", async () => {
    const refs = await Promise.all([
      host.process.spawn(SLEEP),
      host.process.spawn({ ...SLEEP, uid: UID + 1, gid: UID + 1 }),
      host.process.spawn({ ...SLEEP, uid: UID + 5, gid: UID + 5 }),
    ]);
    const listed = await host.process.listByUid({ first: UID, last: UID + 1 });
    expect(listed.map((found) => found.pid).sort()).toEqual([refs[0].pid, refs[1].pid].sort());
    for (const ref of refs) await host.process.signal(ref, 9);
    await Promise.all(refs.map((ref) => host.process.wait(ref)));
    expect(await host.process.listByUid({ first: UID, last: UID + 5 })).toEqual([]);
  });

  it("names the step that failed", async () => {
    const error = await expectHostError(
      host.process.spawn({ ...SLEEP, program: "/bin/no-such-program" }),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    expect(error).toMatchObject({ syscall: "execve", object: "/bin/no-such-program" });
    const twice = [
      { target: 3, kind: "null" },
      { target: 3, kind: "null" },
    ] as const;
    await expectHostError(host.process.spawn({ ...SLEEP, fds: [...twice] }), "ERR_HOST_INVALID");
    const missing = { target: 3, kind: "file", path: scratch.path("none"), access: "read" } as const;
    await expectHostError(host.process.spawn({ ...SLEEP, fds: [missing] }), "ERR_HOST_NOT_FOUND", "ENOENT");
    await expectHostError(
      host.process.spawn({
        ...SLEEP,
        jail: [{ kind: "bind", source: "/no-such", target: "/x", readOnly: true }],
      }),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    await expectHostError(host.process.spawn({ ...SLEEP, cgroup: "/no-such-cgroup" }), "ERR_HOST_NOT_FOUND");
    expect(await host.process.listByUid({ first: UID, last: UID })).toEqual([]);
  });

  it.each(["relative", "/a/../b", "/a//b", "/a/."])("refuses the path %j", async (bad) => {
    await expectHostError(host.process.spawn({ ...SLEEP, program: bad }), "ERR_HOST_INVALID", "EINVAL");
    await expectHostError(host.process.spawn({ ...SLEEP, cwd: bad }), "ERR_HOST_INVALID", "EINVAL");
    const jail = [{ kind: "directory", target: bad, mode: 0o755 }] as const;
    await expectHostError(host.process.spawn({ ...SLEEP, jail: [...jail] }), "ERR_HOST_INVALID", "EINVAL");
  });

  it("makes its log, and refuses one that is not a file", async () => {
    const path = scratch.path("log");
    const ref = await host.process.spawn({ ...exit(0), fds: [{ target: 1, kind: "log", path }] });
    await host.process.wait(ref);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    mkdirSync(scratch.path("directory"));
    const log = { target: 1, kind: "log", path: scratch.path("directory") } as const;
    await expectHostError(host.process.spawn({ ...exit(0), fds: [log] }), "ERR_HOST_INVALID");
  });

  it("attaches a TAP for as long as it runs", async () => {
    const tap: ProcessSpawn = { ...SLEEP, fds: [{ target: 3, kind: "tap", name: "bgrp0" }] };
    await expectHostError(host.process.spawn(tap), "ERR_HOST_NOT_FOUND", "ENODEV");
    expect(await host.link.get("bgrp0")).toBeNull();
    await host.tap.create({ name: "bgrp0", ownerUid: UID });
    const ref = await host.process.spawn(tap);
    await expectHostError(host.process.spawn(tap), "ERR_HOST_BUSY", "EBUSY");
    await host.process.signal(ref, 9);
    await host.process.wait(ref);
    const again = await host.process.spawn(tap);
    await host.process.signal(again, 9);
    await host.process.wait(again);
    await host.link.delete("bgrp0");
  });

  it.each([-1, 65, 1.5, 2 ** 32])("%d is no signal, and nobody gets it", async (signal) => {
    const ref = await host.process.spawn(SLEEP);
    await expectHostError(host.process.signal(ref, signal), "ERR_HOST_INVALID", "EINVAL");
    expect(() => host.sync.process.signal(ref, signal)).toThrow(
      expect.objectContaining({ code: "ERR_HOST_INVALID" }),
    );
    expect(await host.process.isAlive(ref)).toBe(true);
    await host.process.signal(ref, 9);
    await host.process.wait(ref);
  });

  it("close() ends waits, and nothing starts after it", async () => {
    const mine = open();
    writeFileSync(scratch.path("x"), "");
    const ref = await mine.process.spawn(SLEEP);
    const wait = mine.process.wait(ref);
    const rejected = expectHostError(wait, "ERR_HOST_CLOSED", "ECANCELED");
    await mine.close();
    await rejected;
    await expectHostError(mine.process.wait(ref), "ERR_HOST_CLOSED");
    await expectHostError(mine.process.spawn(SLEEP), "ERR_HOST_CLOSED");
    expect(await mine.process.isAlive(ref)).toBe(true); // it lives on, as a VMM does when the daemon ends
    expect(await mine.process.signal(ref, 9)).toBe(true);
    await mine.close();
  });

  it("a spawn that close() overtakes leaves no process", async () => {
    const mine = open();
    const spawns = Array.from({ length: 4 }, () =>
      mine.process.spawn({ ...SLEEP, uid: UID + 9, gid: UID + 9 }),
    );
    const settled = Promise.allSettled(spawns); // before close(), so that none is rejected unseen
    await mine.close();
    for (const result of await settled) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "ERR_HOST_CLOSED" });
      else await mine.process.signal(result.value, 9);
    }
    expect(await mine.process.listByUid({ first: UID + 9, last: UID + 9 })).toEqual([]);
  });
});

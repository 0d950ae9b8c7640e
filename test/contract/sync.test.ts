import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { ProcessSpawn } from "../../src/host/host-ops.ts";
import { hosts } from "./support/hosts.ts";

const UID = 611_021;
const SLEEP: ProcessSpawn = {
  program: "/bin/sleep",
  argv: ["sleep", "1000"],
  env: {},
  cwd: "/",
  uid: UID,
  gid: UID,
  umask: 0o77,
  fds: [],
};
const PREFIX = `bgrs-${process.pid}-`;
const NAME = `${PREFIX}a`;
const FORWARDING = { family: 4, link: "lo", key: "forwarding" } as const;

/** What a call throws; fails when it throws nothing. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** `errno` too: a twin's error is as whole as the one that its promise would have rejected with. */
function hostError(code: string, errnoCode: string): unknown {
  return expect.objectContaining({ name: "HostError", code, errnoCode, errno: expect.any(Number) });
}

describe.each(hosts)("synchronous twins ($name)", ({ open }) => {
  const host = open();
  const { sync } = host;
  afterEach(async () => {
    for (const { name } of await host.netns.list(PREFIX)) await host.netns.delete(name);
  });
  afterAll(() => host.close());

  it("look whether a link is there, by its name alone", async () => {
    const both = async (name: string) => {
      expect(await host.link.exists(name)).toBe(sync.link.exists(name));
      return sync.link.exists(name);
    };
    expect(await both("lo")).toBe(true);
    expect(await both("bgrs0")).toBe(false);
    await host.tap.create({ name: "bgrs0", ownerUid: UID });
    expect(await both("bgrs0")).toBe(true);
    await host.link.delete("bgrs0");
    expect(await both("bgrs0")).toBe(false);
    // A name is not its beginning, which is what the kernel makes of one without an end.
    expect(await both("l")).toBe(false);
    for (const name of ["", "a/b", "sixteen-letters-"]) {
      const refused = expect.objectContaining({ code: "ERR_HOST_INVALID" });
      await expect(host.link.exists(name)).rejects.toEqual(refused);
      expect(thrownBy(() => sync.link.exists(name))).toEqual(refused);
    }
  });

  it("look whether a link is in another namespace", async () => {
    await host.netns.create(NAME);
    const inside = host.netns.in(NAME);
    await inside.tap.create({ name: "bgrs0", ownerUid: UID });
    expect(sync.netns.in(NAME).link.exists("bgrs0")).toBe(true);
    expect(await inside.link.exists("bgrs0")).toBe(true);
    expect(sync.link.exists("bgrs0")).toBe(false);
    await inside.link.delete("bgrs0");
    expect(sync.netns.in(NAME).link.exists("bgrs0")).toBe(false);
  });

  it("look at a process and signal it, by its whole identity", async () => {
    const ref = await host.process.spawn(SLEEP);
    expect(sync.process.isAlive(ref)).toBe(true);
    expect(sync.process.usage(ref)).toEqual({
      cpuMicroseconds: expect.any(BigInt),
      rssBytes: expect.any(BigInt),
    });
    for (const other of [
      { ...ref, startTimeTicks: ref.startTimeTicks + 1n },
      { ...ref, uid: UID + 1 },
    ]) {
      expect(sync.process.isAlive(other)).toBe(false);
      expect(sync.process.signal(other, 9)).toBe(false);
      expect(sync.process.usage(other)).toBeNull();
    }
    expect(sync.process.signal(ref, 15)).toBe(true);
    expect(await host.process.wait(ref)).toEqual({ code: null, signal: 15 });
    expect(sync.process.isAlive(ref)).toBe(false);
    expect(sync.process.signal(ref, 15)).toBe(false);
    expect(sync.process.usage(ref)).toBeNull();
  });

  it("read a link's setting as it is", async () => {
    for (const value of ["1", "0"]) {
      await host.link.writeSysctl(FORWARDING, value);
      expect(sync.link.readSysctl(FORWARDING)).toBe(value);
    }
    const missing = () => sync.link.readSysctl({ ...FORWARDING, link: "bgrsnone" });
    expect(thrownBy(missing)).toEqual(hostError("ERR_HOST_NOT_FOUND", "ENOENT"));
    const wrong = () => sync.link.readSysctl({ ...FORWARDING, key: "../all/forwarding" });
    expect(thrownBy(wrong)).toEqual(hostError("ERR_HOST_INVALID", "EINVAL"));
  });

  it.each(["addr_gen_mode", "stable_secret"])("refuse %s, which is read under a lock", (key) => {
    const read = () => sync.link.readSysctl({ family: 6, link: "lo", key });
    expect(thrownBy(read)).toEqual(hostError("ERR_HOST_INVALID", "EINVAL"));
  });

  it("find namespaces, and read settings in one", async () => {
    expect(sync.netns.get(NAME)).toBeNull();
    const inside = sync.netns.in(NAME);
    const read = () => inside.link.readSysctl(FORWARDING);
    expect(thrownBy(read)).toEqual(hostError("ERR_HOST_NOT_FOUND", "ENOENT"));

    const made = await host.netns.create(NAME);
    expect(sync.netns.get(NAME)).toEqual(made);
    expect(sync.netns.list(PREFIX)).toEqual([made]);
    await host.netns.in(NAME).link.writeSysctl(FORWARDING, 1);
    await host.link.writeSysctl(FORWARDING, 0);
    expect(read()).toBe("1");
    expect(sync.link.readSysctl(FORWARDING)).toBe("0");
    expect(thrownBy(() => sync.netns.get("a/b"))).toEqual(hostError("ERR_HOST_INVALID", "EINVAL"));
    expect(thrownBy(() => sync.netns.in("a/b"))).toEqual(hostError("ERR_HOST_INVALID", "EINVAL"));
  });

  it("answer while calls wait for their turn", async () => {
    const ref = await host.process.spawn(SLEEP);
    const waiting = Array.from({ length: 64 }, () => host.process.isAlive(ref));
    expect(sync.process.isAlive(ref)).toBe(true);
    expect(sync.process.signal(ref, 9)).toBe(true);
    await host.process.wait(ref);
    await Promise.all(waiting);
    expect(sync.process.isAlive(ref)).toBe(false);
  });
});

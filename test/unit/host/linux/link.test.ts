import os from "node:os";
import { describe, expect, it } from "vitest";
import type { Addon, NativeLink } from "../../../../src/host/linux/addon.ts";
import { LinuxLink } from "../../../../src/host/linux/link.ts";
import { LinuxTap } from "../../../../src/host/linux/tap.ts";
import { oneGo } from "./support/one-go.ts";

type Name =
  | "tapCreate"
  | "linkCreate"
  | "linkGet"
  | "linkSet"
  | "linkSetUp"
  | "linkDelete"
  | "linkDeleteGroup"
  | "sysctlWrite";

function systemError(errnoCode: keyof typeof os.constants.errno, syscall: string): Error {
  return Object.assign(new Error(errnoCode), { errno: -os.constants.errno[errnoCode], syscall });
}

/** An addon that makes nothing; `failures` are what its functions throw or reject with, once each. */
function addonOf(failures: Partial<Record<Name, Error>> = {}) {
  const calls: string[] = [];
  const left = new Map(Object.entries(failures));
  const stats = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n] as const;
  const link: NativeLink = [
    ...(["bgr0", 7, "", 1500, false, 2, 0, "tun", null, null] as const),
    ...([null, null, null, null, stats] as const),
  ];
  let failed = false;
  let collecting = false;
  const call = (name: Name, result?: unknown) => async (first: unknown) => {
    // As in a sequence of the real one: what goes behind a failure is not begun.
    const collected = collecting;
    await Promise.resolve();
    if (collected && failed) throw systemError("ECANCELED", name);
    calls.push(`${name} ${typeof first === "object" ? (first as { name: string }).name : first}`);
    const failure = left.get(name);
    left.delete(name);
    if (failure === undefined) return result;
    failed = collected;
    throw failure;
  };
  const names = [
    "tapCreate",
    "linkCreate",
    "linkSet",
    "linkSetUp",
    "linkDelete",
    "linkDeleteGroup",
    "sysctlWrite",
  ] as const;
  const addon = {
    ...Object.fromEntries(names.map((name) => [name, call(name)])),
    linkGet: call("linkGet", link),
    inOneGo: (start: () => unknown) =>
      oneGo(() => {
        collecting = true;
        failed = false;
        try {
          return start();
        } finally {
          collecting = false;
        }
      }),
  } as unknown as Addon;
  return { addon, calls };
}

const IPV6 = "/proc/sys/net/ipv6/conf/bgr0/disable_ipv6";

function tapOf(failures: Partial<Record<Name, Error>> = {}) {
  const { addon, calls } = addonOf(failures);
  return { tap: new LinuxTap(addon, new LinuxLink(addon)), calls };
}

describe("making a link", () => {
  it("switches IPv6 off, unless it is wanted", async () => {
    const { tap, calls } = tapOf();
    expect(await tap.create({ name: "bgr0", ownerUid: 1 })).toMatchObject({
      name: "bgr0",
      operState: "down",
    });
    await tap.create({ name: "bgr0", ownerUid: 1, ipv6: true });
    expect(calls).toEqual([
      "tapCreate bgr0",
      `sysctlWrite ${IPV6}`,
      "linkGet bgr0",
      "tapCreate bgr0",
      "linkGet bgr0",
    ]);
  });

  it("looks at it before it is up, and tells all of it, as up", async () => {
    const { tap, calls } = tapOf();
    const made = await tap.create({ name: "bgr0", ownerUid: 1, ipv6: true, up: true });
    const { rxBytes, txBytes, rxPackets, txPackets, rxErrors, txErrors, rxDropped, txDropped } = made;
    const counters = [rxBytes, txBytes, rxPackets, txPackets, rxErrors, txErrors, rxDropped, txDropped];
    expect([made.up, ...counters]).toEqual([true, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
    expect(calls).toEqual(["tapCreate bgr0", "linkGet bgr0", "linkSetUp bgr0"]);
  });

  it("does without IPv6 where the kernel has none", async () => {
    const { tap, calls } = tapOf({ sysctlWrite: systemError("ENOENT", "open") });
    expect(await tap.create({ name: "bgr0", ownerUid: 1 })).toMatchObject({ name: "bgr0" });
    expect(calls.slice(-1)).toEqual(["linkGet bgr0"]);
  });

  it("takes away what it made when it cannot be set up or described", async () => {
    for (const name of ["sysctlWrite", "linkGet"] as const) {
      const { tap, calls } = tapOf({ [name]: systemError("EIO", name) });
      await expect(tap.create({ name: "bgr0", ownerUid: 1 })).rejects.toMatchObject({ code: "ERR_HOST_IO" });
      expect(calls.slice(-1)).toEqual(["linkDelete bgr0"]);
    }
  });

  it("takes it away as well where the kernel has no IPv6", async () => {
    const failures = { sysctlWrite: systemError("ENOENT", "open"), linkGet: systemError("EIO", "linkGet") };
    const { tap, calls } = tapOf(failures);
    await expect(tap.create({ name: "bgr0", ownerUid: 1 })).rejects.toMatchObject({ code: "ERR_HOST_IO" });
    expect(calls.slice(-1)).toEqual(["linkDelete bgr0"]);
  });

  it("tells why it failed, also when what was made cannot be taken away", async () => {
    const { tap } = tapOf({
      linkGet: systemError("EIO", "linkGet"),
      linkDelete: systemError("EBUSY", "del"),
    });
    await expect(tap.create({ name: "bgr0", ownerUid: 1 })).rejects.toMatchObject({
      errnoCode: "EIO",
      message: expect.stringContaining("del on bgr0 failed: EBUSY"),
    });
  });

  it("touches nothing of a link whose name was taken", async () => {
    const { tap, calls } = tapOf({ tapCreate: systemError("EBUSY", "ioctl(TUNSETIFF)") });
    await expect(tap.create({ name: "bgr0", ownerUid: 1 })).rejects.toMatchObject({
      code: "ERR_HOST_EXISTS",
    });
    expect(calls).toEqual(["tapCreate bgr0"]);
  });

  it("touches nothing of a link of that name when an argument is refused at once", async () => {
    const { addon, calls } = addonOf();
    addon.tapCreate = () => {
      throw new TypeError("ownerUid must be an unsigned 32-bit integer");
    };
    const made = new LinuxTap(addon, new LinuxLink(addon)).create({ name: "lo", ownerUid: -1 });
    await expect(made).rejects.toMatchObject({ code: "ERR_HOST_INVALID" });
    expect(calls).toEqual([]);
  });

  it.each(["ENOENT", "ENXIO", "ENODEV"] as const)(
    "says what to load where there is no TAP driver: %s",
    async (errno) => {
      const { tap, calls } = tapOf({ tapCreate: systemError(errno, "open") });
      await expect(tap.create({ name: "bgr0", ownerUid: 1 })).rejects.toMatchObject({
        code: "ERR_HOST_UNSUPPORTED",
        next: "load the module `tun`",
      });
      expect(calls).toEqual(["tapCreate bgr0"]);
    },
  );

  it("says what to load where there is no such kind of link", async () => {
    const { addon } = addonOf({ linkCreate: systemError("EOPNOTSUPP", "netlink(RTM_NEWLINK)") });
    await expect(new LinuxLink(addon).createBridge("bgr0")).rejects.toMatchObject({
      code: "ERR_HOST_UNSUPPORTED",
      next: "load the module `bridge`",
    });
  });

  it("says that it takes rights", async () => {
    const { addon } = addonOf({ linkCreate: systemError("EPERM", "netlink(RTM_NEWLINK)") });
    await expect(new LinuxLink(addon).createDummy("bgr0")).rejects.toMatchObject({
      code: "ERR_HOST_PERMISSION",
      syscall: "netlink(RTM_NEWLINK)",
    });
  });
});

describe("deleting many links", () => {
  it("puts them into one group, those that are there, and deletes that", async () => {
    const { addon, calls } = addonOf({ linkSet: systemError("ENODEV", "netlink(RTM_SETLINK)") });
    await new LinuxLink(addon).deleteMany(["bgr0", "bgr1"]);
    expect(calls.slice(0, 2)).toEqual(["linkSet bgr0", "linkSet bgr1"]);
    const group = Number(/^linkDeleteGroup (\d+)$/.exec(calls[2] ?? "")?.[1]);
    expect(group).toBeGreaterThan(0x3fff_ffff);
    expect(group).toBeLessThan(0x8000_0000);
  });

  it("is plain for one", async () => {
    const { addon, calls } = addonOf();
    await new LinuxLink(addon).deleteMany(["bgr0"]);
    expect(calls).toEqual(["linkDelete bgr0"]);
  });
});

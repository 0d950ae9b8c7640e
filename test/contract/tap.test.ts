import { afterAll, afterEach, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const NAME = "bgrp0";

describe.each(hosts)("tap ($name)", ({ open }) => {
  const host = open();
  afterEach(() => host.link.delete(NAME));
  afterAll(() => host.close());

  it("is owned by a user and a group, persistent, single-queue, with a virtio-net header", async () => {
    const made = await host.tap.create({ name: NAME, ownerUid: 1234, groupGid: 99 });
    expect(made.tun).toEqual({
      ownerUid: 1234,
      groupGid: 99,
      persist: true,
      vnetHeader: true,
      multiQueue: false,
    });
    await host.tap.set(NAME, { ownerUid: 4321 });
    expect((await host.link.get(NAME))?.tun).toMatchObject({ ownerUid: 4321, groupGid: 99 });
  });

  it("is up from the start where that is asked for, without IPv6 all the same", async () => {
    const made = await host.tap.create({ name: NAME, ownerUid: 1, up: true });
    expect(made.up).toBe(true);
    expect((await host.link.get(NAME))?.up).toBe(true);
    const of = { family: 6, link: NAME, key: "disable_ipv6" } as const;
    expect(await host.link.readSysctl(of)).toBe("1");
    await expectHostError(host.tap.create({ name: NAME, ownerUid: 1, up: true }), "ERR_HOST_EXISTS", "EBUSY");
    expect((await host.link.get(NAME))?.index).toBe(made.index);
  });

  it("has its routes and neighbours from the start", async () => {
    const mac = "02:00:00:00:00:07";
    await host.tap.create({
      name: NAME,
      ownerUid: 1,
      up: true,
      routes: [{ destination: "198.51.100.7/32" }, { destination: "2001:db8::7/128" }],
      neighbours: [{ address: "198.51.100.7", mac }],
      ipv6: true,
    });
    const routes = [...(await host.route.list()), ...(await host.route.list({ family: 6 }))];
    const mine = routes.filter(({ link, destination }) => link === NAME && /^(198|2001)/.test(destination));
    expect(mine.map(({ destination }) => destination)).toEqual(["198.51.100.7/32", "2001:db8::7/128"]);
    expect(await host.neighbour.list(NAME)).toMatchObject([{ address: "198.51.100.7", mac }]);
  });

  it("is not there when a way to it could not be made", async () => {
    const routes = [{ destination: "198.51.100.7/32" }];
    // A route needs a link that is up.
    const down = host.tap.create({ name: NAME, ownerUid: 1, routes });
    await expectHostError(down, "ERR_HOST_INVALID");
    expect(await host.link.get(NAME)).toBeNull();
    const other = await host.tap.create({ name: "bgrp1", ownerUid: 1, up: true, routes });
    try {
      const taken = host.tap.create({ name: NAME, ownerUid: 1, up: true, routes });
      await expectHostError(taken, "ERR_HOST_EXISTS", "EEXIST");
      expect(await host.link.get(NAME)).toBeNull();
      expect(await host.route.list()).toMatchObject([{ ...routes[0], link: other.name }]);
    } finally {
      await host.link.delete("bgrp1");
    }
  });

  it("has offloads and a header's size from the start, or later", async () => {
    await host.tap.create({ name: NAME, ownerUid: 1, offloads: ["checksum"], vnetHeaderBytes: 12 });
    expect(await host.tap.inspect(NAME)).toEqual({
      vnetHeaderBytes: 12,
      checksumOffload: true,
      segmentationOffload: false,
    });
    await host.tap.set(NAME, { offloads: ["checksum", "tso4", "tso6", "ecn"] });
    expect(await host.tap.inspect(NAME)).toMatchObject({ vnetHeaderBytes: 12, segmentationOffload: true });
    await host.tap.set(NAME, { offloads: [], vnetHeaderBytes: 10 });
    expect(await host.tap.inspect(NAME)).toEqual({
      vnetHeaderBytes: 10,
      checksumOffload: false,
      segmentationOffload: false,
    });
  });

  it("refuses settings that no TAP has, and makes nothing", async () => {
    const bad = [
      { offloads: ["tso4"] },
      { offloads: ["checksum", "ecn"] },
      { vnetHeaderBytes: 9 },
      { vnetHeaderBytes: 12.5 },
    ] as const;
    for (const settings of bad)
      await expectHostError(
        host.tap.create({ name: NAME, ownerUid: 1, ...settings }),
        "ERR_HOST_INVALID",
        "EINVAL",
      );
    expect(await host.link.get(NAME)).toBeNull();
  });

  it("goes when it is no longer persistent", async () => {
    await host.tap.create({ name: NAME, ownerUid: 1 });
    await host.tap.setPersistent(NAME, true);
    expect(await host.link.get(NAME)).not.toBeNull();
    await host.tap.setPersistent(NAME, false);
    expect(await host.link.get(NAME)).toBeNull();
  });

  it("cannot be attached while a process holds its queue", async () => {
    await host.tap.create({ name: NAME, ownerUid: 1 });
    const child = await host.process.spawn({
      program: "/bin/sleep",
      argv: ["sleep", "1000"],
      env: {},
      cwd: "/",
      uid: 611_001,
      gid: 611_001,
      umask: 0o77,
      fds: [{ target: 3, kind: "tap", name: NAME }],
    });
    try {
      const error = await expectHostError(host.tap.inspect(NAME), "ERR_HOST_BUSY", "EBUSY");
      expect(error).toMatchObject({ syscall: "ioctl(TUNSETIFF)", object: NAME });
      await expectHostError(host.tap.set(NAME, { ownerUid: 2 }), "ERR_HOST_BUSY", "EBUSY");
      await expectHostError(host.tap.setPersistent(NAME, false), "ERR_HOST_BUSY", "EBUSY");
      expect((await host.link.get(NAME))?.tun).toMatchObject({ ownerUid: 1, persist: true });
    } finally {
      await host.process.signal(child, 9);
      await host.process.wait(child);
    }
    expect(await host.tap.inspect(NAME)).toMatchObject({ vnetHeaderBytes: 10 });
  });

  it("is not there: not found, and none is made", async () => {
    await expectHostError(host.tap.inspect(NAME), "ERR_HOST_NOT_FOUND", "ENODEV");
    await expectHostError(host.tap.set(NAME, { ownerUid: 1 }), "ERR_HOST_NOT_FOUND", "ENODEV");
    await expectHostError(host.tap.setPersistent(NAME, true), "ERR_HOST_NOT_FOUND", "ENODEV");
    expect(await host.link.get(NAME)).toBeNull();
  });
});

import { afterAll, afterEach, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const PREFIX = "bgrc";

describe.each(hosts)("tap and link ($name)", ({ open }) => {
  const host = open();
  afterEach(async () => {
    for (const link of await host.link.list(PREFIX)) await host.link.delete(link.name);
  });
  afterAll(() => host.close());

  it("makes a TAP with a MAC, down, and deletes it", async () => {
    const tap = await host.tap.create({ name: `${PREFIX}0`, ownerUid: 1234, mac: "02:00:00:00:00:05" });
    expect(tap).toMatchObject({
      name: `${PREFIX}0`,
      mac: "02:00:00:00:00:05",
      mtu: 1500,
      up: false,
      kind: "tun",
      rxBytes: 0n,
    });
    expect(await host.link.get(`${PREFIX}0`)).toEqual(tap);
    expect((await host.link.list(PREFIX)).map((link) => link.name)).toEqual([`${PREFIX}0`]);
    await host.link.delete(`${PREFIX}0`);
    expect(await host.link.get(`${PREFIX}0`)).toBeNull();
  });

  it("gives a TAP without a MAC one of its own", async () => {
    const first = await host.tap.create({ name: `${PREFIX}0`, ownerUid: 1 });
    const second = await host.tap.create({ name: `${PREFIX}1`, ownerUid: 1 });
    expect(first.mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    expect(first.mac).not.toBe(second.mac);
    expect(first.index).not.toBe(second.index);
  });

  it("refuses a name that is taken, by a TAP or by another link", async () => {
    await host.tap.create({ name: `${PREFIX}0`, ownerUid: 1234 });
    const error = await expectHostError(
      host.tap.create({ name: `${PREFIX}0`, ownerUid: 1234 }),
      "ERR_HOST_EXISTS",
      "EBUSY",
    );
    expect(error).toMatchObject({ syscall: "ioctl(TUNSETIFF)", object: `${PREFIX}0` });
    await expectHostError(host.tap.create({ name: "lo", ownerUid: 1234 }), "ERR_HOST_EXISTS");
  });

  it("lets one of eight have a name", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => host.tap.create({ name: `${PREFIX}0`, ownerUid: 1 })),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "ERR_HOST_EXISTS" });
    }
  });

  it.each(["", "a/b", "..", "tap%d", "sixteen-letters-", "a b"])(
    "refuses the name %j, and makes nothing",
    async (name) => {
      const before = await host.link.list("");
      await expectHostError(host.tap.create({ name, ownerUid: 1 }), "ERR_HOST_INVALID", "EINVAL");
      expect(await host.link.list("")).toEqual(before);
    },
  );

  it("refuses a MAC that no link may have", async () => {
    for (const mac of ["01:00:00:00:00:01", "02:00:00:00:00", "zz:00:00:00:00:00"]) {
      await expectHostError(host.tap.create({ name: `${PREFIX}0`, ownerUid: 1, mac }), "ERR_HOST_INVALID");
    }
    expect(await host.link.get(`${PREFIX}0`)).toBeNull();
  });

  it("sets links up and down; one that is not there is not found", async () => {
    await host.tap.create({ name: `${PREFIX}0`, ownerUid: 1 });
    await host.link.setUp(`${PREFIX}0`, true);
    await host.link.setUp(`${PREFIX}0`, true);
    expect(await host.link.get(`${PREFIX}0`)).toMatchObject({ up: true });
    await host.link.setUp(`${PREFIX}0`, false);
    expect(await host.link.get(`${PREFIX}0`)).toMatchObject({ up: false });
    await expectHostError(host.link.setUp(`${PREFIX}9`, true), "ERR_HOST_NOT_FOUND", "ENODEV");
  });

  it("sets MAC, MTU, group and IPv6 address mode, some or all at once", async () => {
    await host.tap.create({ name: `${PREFIX}0`, ownerUid: 1, ipv6: true });
    await host.link.set(`${PREFIX}0`, { mac: "02:00:00:00:00:AB", mtu: 1400 });
    expect(await host.link.get(`${PREFIX}0`)).toMatchObject({
      mac: "02:00:00:00:00:ab",
      mtu: 1400,
      group: 0,
    });
    await host.link.set(`${PREFIX}0`, { up: true, group: 77, ipv6AddressMode: "none" });
    expect(await host.link.get(`${PREFIX}0`)).toMatchObject({
      mtu: 1400,
      up: true,
      group: 77,
      ipv6AddressMode: "none",
    });
    await host.link.set(`${PREFIX}0`, {});
    const odd = { ipv6AddressMode: "constructor" as never };
    await expectHostError(host.link.set(`${PREFIX}0`, odd), "ERR_HOST_INVALID", "EINVAL");
    await expectHostError(host.link.set(`${PREFIX}9`, { mtu: 1400 }), "ERR_HOST_NOT_FOUND", "ENODEV");
    const error = await expectHostError(
      host.link.set(`${PREFIX}0`, { mtu: 10 }),
      "ERR_HOST_INVALID",
      "EINVAL",
    );
    expect(error).toMatchObject({ syscall: "netlink(RTM_SETLINK)", object: `${PREFIX}0` });
    expect(error.detail).toContain("mtu less than device minimum");
    await expectHostError(host.link.set(`${PREFIX}0`, { mac: "01:00:00:00:00:01" }), "ERR_HOST_INVALID");
  });

  it("renames a link that is down; on one that is up older kernels say EBUSY", async () => {
    const { index } = await host.tap.create({ name: `${PREFIX}0`, ownerUid: 1 });
    await host.tap.create({ name: `${PREFIX}1`, ownerUid: 1 });
    await host.link.rename(`${PREFIX}0`, `${PREFIX}2`);
    expect(await host.link.get(`${PREFIX}0`)).toBeNull();
    expect(await host.link.get(`${PREFIX}2`)).toMatchObject({ index, name: `${PREFIX}2` });
    await expectHostError(host.link.rename(`${PREFIX}2`, `${PREFIX}1`), "ERR_HOST_EXISTS", "EEXIST");
    await expectHostError(host.link.rename(`${PREFIX}9`, `${PREFIX}8`), "ERR_HOST_NOT_FOUND", "ENODEV");
    await expectHostError(host.link.rename(`${PREFIX}2`, "a/b"), "ERR_HOST_INVALID", "EINVAL");
    await host.link.setUp(`${PREFIX}2`, true);
    const done = await host.link.rename(`${PREFIX}2`, `${PREFIX}3`).catch((error: unknown) => error);
    if (done !== undefined) await expectHostError(Promise.reject(done), "ERR_HOST_BUSY", "EBUSY");
    const there = await host.link.list(PREFIX);
    expect(there.find((link) => link.index === index)?.name).toBe(`${PREFIX}${done === undefined ? 3 : 2}`);
  });

  it("deleting what is not there succeeds", async () => {
    await host.link.delete(`${PREFIX}9`);
    await host.link.deleteMany([]);
    await host.link.deleteMany([`${PREFIX}8`, `${PREFIX}9`]);
    await host.link.deleteGroup(4242);
  });

  it("deletes many by their names, those that are there, and no others", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `${PREFIX}m${index}`);
    await Promise.all(names.map((name) => host.tap.create({ name, ownerUid: 1 })));
    await host.tap.create({ name: `${PREFIX}0`, ownerUid: 1 });
    await host.link.deleteMany([...names, `${PREFIX}9`]);
    expect((await host.link.list(PREFIX)).map(({ name, group }) => ({ name, group }))).toEqual([
      { name: `${PREFIX}0`, group: 0 },
    ]);
    await expectHostError(host.link.deleteMany([`${PREFIX}0`, "a/b"]), "ERR_HOST_INVALID", "EINVAL");
    expect(await host.link.list(PREFIX)).toHaveLength(1);
  });

  it("deletes a group, but never the default one", async () => {
    for (const [index, group] of [77, 77, 78].entries()) {
      await host.tap.create({ name: `${PREFIX}${index}`, ownerUid: 1 });
      await host.link.set(`${PREFIX}${index}`, { group });
    }
    await host.link.deleteGroup(77);
    expect((await host.link.list(PREFIX)).map(({ name }) => name)).toEqual([`${PREFIX}2`]);
    for (const group of [0, -1, 1.5, 2 ** 32])
      await expectHostError(host.link.deleteGroup(group), "ERR_HOST_INVALID", "EINVAL");
  });

  it("reads and writes a link's sysctls, and no other file", async () => {
    const of = { family: 4, link: `${PREFIX}0`, key: "forwarding" } as const;
    await expectHostError(host.link.readSysctl(of), "ERR_HOST_NOT_FOUND", "ENOENT");
    await host.tap.create({ name: `${PREFIX}0`, ownerUid: 1 });
    await host.link.writeSysctl(of, 1);
    expect(await host.link.readSysctl(of)).toBe("1");
    await host.link.writeSysctl(of, "0");
    expect(await host.link.readSysctl(of)).toBe("0");
    expect(await host.link.readSysctl({ ...of, family: 6, key: "disable_ipv6" })).toBe("1");
    for (const value of ["much", "", "1 2"])
      await expectHostError(host.link.writeSysctl(of, value), "ERR_HOST_INVALID", "EINVAL");
    expect(await host.link.readSysctl(of)).toBe("0");
    await expectHostError(
      host.link.writeSysctl({ ...of, key: "nothing" }, 1),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    for (const bad of [
      { key: "../lo/forwarding" },
      { key: "" },
      { link: ".." },
      { link: "a/b" },
      { key: "a b" },
    ])
      await expectHostError(host.link.readSysctl({ ...of, ...bad }), "ERR_HOST_INVALID", "EINVAL");
  });

  it("makes a dummy link, or says that this kernel has none", async () => {
    const made = await host.link.createDummy(`${PREFIX}d`).catch((error: unknown) => error);
    if (made instanceof Error) {
      const error = await expectHostError(Promise.reject(made), "ERR_HOST_UNSUPPORTED", "EOPNOTSUPP");
      expect(error.next).toContain("load the module `dummy`");
      expect(await host.link.get(`${PREFIX}d`)).toBeNull();
      return;
    }
    expect(made).toMatchObject({ name: `${PREFIX}d`, kind: "dummy", up: false });
    await expectHostError(host.link.createDummy(`${PREFIX}d`), "ERR_HOST_EXISTS", "EEXIST");
  });
});

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

  it("deleting what is not there succeeds", async () => {
    await host.link.delete(`${PREFIX}9`);
  });

  it("makes a dummy link, or says that this kernel has none", async () => {
    const made = await host.link.createDummy(`${PREFIX}d`).catch((error: unknown) => error);
    if (made instanceof Error) {
      await expectHostError(Promise.reject(made), "ERR_HOST_UNSUPPORTED", "EOPNOTSUPP");
      expect(await host.link.get(`${PREFIX}d`)).toBeNull();
      return;
    }
    expect(made).toMatchObject({ name: `${PREFIX}d`, kind: "dummy", up: false });
    await expectHostError(host.link.createDummy(`${PREFIX}d`), "ERR_HOST_EXISTS", "EEXIST");
  });
});

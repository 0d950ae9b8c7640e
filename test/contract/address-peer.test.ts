import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const LINK = "bgrap0";

describe.each(hosts)("addresses with peers ($name)", ({ open }) => {
  const host = open();
  beforeAll(() => host.tap.create({ name: LINK, ownerUid: 1, ipv6: true, up: true }));
  afterAll(async () => {
    await host.link.delete(LINK);
    await host.close();
  });

  const peers = async (family?: 4 | 6) =>
    (await host.address.list(LINK, family)).filter(({ scope }) => scope === "global").map(({ peer }) => peer);

  it("are one for each peer, and are deleted with theirs", async () => {
    const own = "10.58.0.1/32";
    await host.address.add(LINK, own, { peer: "10.58.0.2" });
    await host.address.add(LINK, own, { peer: "10.58.0.2" });
    await host.address.add(LINK, own, { peer: "10.58.0.3" });
    expect(await peers()).toEqual(["10.58.0.2", "10.58.0.3"]);
    await host.address.delete(LINK, own);
    expect(await peers()).toHaveLength(2);
    await host.address.delete(LINK, own, { peer: "10.58.0.2" });
    expect(await peers()).toEqual(["10.58.0.3"]);
    await host.address.delete(LINK, own, { peer: "10.58.0.3" });
    // Its own address as its peer is none.
    await host.address.add(LINK, own, { peer: "10.58.0.1" });
    expect(await peers()).toEqual([null]);
  });

  it("are of one family with their peers", async () => {
    const before = await peers();
    for (const [own, peer] of [
      ["10.58.1.1/32", "fd58::2"],
      ["fd58::9/128", "10.58.1.2"],
    ] as const) {
      await expectHostError(host.address.add(LINK, own, { peer }), "ERR_HOST_INVALID", "EINVAL");
      await expectHostError(host.address.delete(LINK, own, { peer }), "ERR_HOST_INVALID", "EINVAL");
    }
    expect(await peers()).toEqual(before);
  });

  it("of IPv6 have one peer only", async () => {
    await host.address.add(LINK, "fd58::1/128", { peer: "fd58::2" });
    await host.address.add(LINK, "fd58::1/128", { peer: "fd58::2" });
    const another = host.address.add(LINK, "fd58::1/128", { peer: "fd58::3" });
    await expectHostError(another, "ERR_HOST_EXISTS", "EEXIST");
    expect(await peers(6)).toEqual(["fd58::2"]);
  });
});

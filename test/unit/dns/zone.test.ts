import { describe, expect, it } from "vitest";
import { RCODE, TYPE } from "../../../src/dns/query.ts";
import { Records } from "../../../src/dns/records.ts";
import { Zone } from "../../../src/dns/zone.ts";
import { asked } from "./support/wire.ts";

const records = new Records();
records.set("1", { name: "web", address: "172.30.0.2" });
records.set("2", { name: "db", address: "172.30.255.9" });
const zone = new Zone(records, "172.30.0.0/16");
const ask = (name: string, type: number = TYPE.A) => zone.answer(asked({ name, type }));

const NXDOMAIN = { rcode: RCODE.NXDOMAIN, authorities: [expect.objectContaining({ type: TYPE.SOA })] };
const NOTHING = {
  rcode: RCODE.NOERROR,
  answers: [],
  authorities: [expect.objectContaining({ type: TYPE.SOA })],
};

describe("the zone of VMs (NET-4)", () => {
  it.each(["web.vm", "WEB.vm", "wEb.VM"])("answers %s with its address", (name) => {
    expect(ask(name)).toMatchObject({
      rcode: 0,
      answers: [{ type: TYPE.A, address: "172.30.0.2" }],
      authorities: [],
    });
  });

  it("has no other kind of record of a name that is there: no error, and no answer", () => {
    for (const type of [TYPE.AAAA, TYPE.MX, TYPE.TXT, TYPE.SRV, 65])
      expect(ask("web.vm", type)).toEqual(NOTHING);
  });

  it("answers ANY with what there is", () => {
    expect(ask("web.vm", TYPE.ANY)).toMatchObject({ answers: [{ address: "172.30.0.2" }] });
  });

  it.each(["gone.vm", "www.web.vm", "a.b.c.vm"])("knows that there is no %s", (name) => {
    expect(ask(name)).toEqual(NXDOMAIN);
    expect(ask(name, TYPE.AAAA)).toEqual(NXDOMAIN);
  });

  it("says of itself where it begins", () => {
    expect(ask("vm", TYPE.SOA)).toMatchObject({ rcode: 0, answers: [{ type: TYPE.SOA, name: "vm" }] });
    expect(ask("vm")).toEqual(NOTHING);
  });

  it("tells doctor that it is asked", () => {
    expect(ask("_banger.vm", TYPE.TXT)).toMatchObject({ answers: [{ data: ["banger"] }] });
    expect(ask("_banger.vm")).toEqual(NOTHING);
  });

  it.each([
    "example.com",
    "vm.example.com",
    "xvm",
    "",
    "arpa",
    "in-addr.arpa",
    "172.in-addr.arpa",
    "ip6.arpa",
  ])('has nothing to say of "%s"', (name) => expect(ask(name)).toBeNull());
});

describe("the zone of addresses (NET-4)", () => {
  it("answers with the name of who has it", () => {
    expect(ask("2.0.30.172.in-addr.arpa", TYPE.PTR)).toMatchObject({
      rcode: 0,
      answers: [{ name: "2.0.30.172.in-addr.arpa", domain: "web.vm" }],
    });
    expect(ask("9.255.30.172.IN-ADDR.ARPA", TYPE.PTR)).toMatchObject({ answers: [{ domain: "db.vm" }] });
    expect(ask("2.0.30.172.in-addr.arpa", TYPE.A)).toEqual(NOTHING);
  });

  it.each([
    "3.0.30.172.in-addr.arpa",
    "x.0.30.172.in-addr.arpa",
    "02.0.30.172.in-addr.arpa",
    "256.0.30.172.in-addr.arpa",
    "7.2.0.30.172.in-addr.arpa",
  ])("knows that there is no %s", (name) => expect(ask(name, TYPE.PTR)).toEqual(NXDOMAIN));

  it("has its beginning at the network's, and nothing above", () => {
    expect(ask("30.172.in-addr.arpa", TYPE.SOA)).toMatchObject({
      answers: [{ name: "30.172.in-addr.arpa" }],
    });
    expect(ask("0.30.172.in-addr.arpa", TYPE.PTR)).toEqual(NOTHING);
    for (const name of ["2.0.31.172.in-addr.arpa", "1.1.1.1.in-addr.arpa"])
      expect(ask(name, TYPE.PTR)).toBeNull();
  });

  it.each([
    ["10.64.0.0/12", "1.0.70.10.in-addr.arpa", "1.0.80.10.in-addr.arpa", "70.10.in-addr.arpa"],
    ["192.168.7.8/29", "9.7.168.192.in-addr.arpa", "16.7.168.192.in-addr.arpa", "9.7.168.192.in-addr.arpa"],
    ["10.0.0.0/8", "9.7.168.10.in-addr.arpa", "16.7.168.11.in-addr.arpa", "10.in-addr.arpa"],
    ["10.1.16.0/20", "9.31.1.10.in-addr.arpa", "9.32.1.10.in-addr.arpa", "31.1.10.in-addr.arpa"],
  ])("of %s has %s and not %s", (cidr, inside, outside, apex) => {
    const other = new Zone(records, cidr);
    expect(other.answer(asked({ name: inside, type: TYPE.PTR }))).toMatchObject({
      rcode: RCODE.NXDOMAIN,
      authorities: [{ name: apex }],
    });
    expect(other.answer(asked({ name: outside, type: TYPE.PTR }))).toBeNull();
  });
});

describe("records", () => {
  it("of a VM that ends take nothing from one that has its name by now", () => {
    const own = new Records();
    own.set("old", { name: "web", address: "172.30.0.2" });
    own.set("new", { name: "web", address: "172.30.0.3" });
    own.remove("old");
    expect([own.addressOf("web"), own.nameOf("172.30.0.3"), own.nameOf("172.30.0.2")]).toEqual([
      "172.30.0.3",
      "web",
      null,
    ]);
    own.set("new", { name: "web", address: "172.30.0.4" });
    expect([own.size, own.addressOf("web"), own.nameOf("172.30.0.3")]).toEqual([1, "172.30.0.4", null]);
    own.remove("new");
    own.remove("new");
    expect([own.size, own.addressOf("web"), own.nameOf("172.30.0.4")]).toEqual([0, null, null]);
  });
});

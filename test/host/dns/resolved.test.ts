import { execFileSync } from "node:child_process";
import net from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bus } from "../../../src/dns/resolved/bus.ts";
import { Resolved, type Routing } from "../../../src/dns/resolved/resolved.ts";
import { DnsService } from "../../../src/dns/service.ts";
import { HostNetwork } from "../../../src/services/network.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { HostFile } from "../../../src/state/host-file.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { RESOLVED, TestBus } from "./support/bus.ts";
import { dig, someRecords } from "./support/place.ts";

const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8" });
const indexOf = (link: string) =>
  (JSON.parse(ip("-j", "link", "show", link)) as { ifindex: number }[])[0]?.ifindex ?? 0;
const ROUTING: Routing = { linkIndex: 1, server: { address: "127.0.0.1", port: 42_069 }, domains: ["vm"] };
const CIDR = "172.30.0.0/16";
const STUB = { address: "127.0.0.53", port: 53 };

let bus: TestBus;
beforeEach(async () => {
  bus = await TestBus.open();
});
afterEach(() => bus[Symbol.asyncDispose]());

describe("the message bus, a real one", () => {
  it("lets us in, and answers", async () => {
    const ours = await Bus.open(bus.socket, 0);
    expect(await ours.hasOwner("org.freedesktop.DBus")).toBe(true);
    expect(await ours.hasOwner("org.freedesktop.resolve1")).toBe(false);
    const nobody = { destination: "org.example.None", path: "/", interface: "org.example.None" };
    await expect(
      ours.call({ ...nobody, member: "Go", signature: "s", write: (body) => body.string("é") }),
    ).rejects.toThrow(/^org\.freedesktop\.DBus\.Error\.(ServiceUnknown|NameHasNoOwner): /);
    ours.close();
    await expect(ours.hasOwner("x.y")).rejects.toThrow();
  });

  it("ends a connection whose message is not what its signature says: what it takes is well formed", async () => {
    const ours = await Bus.open(bus.socket, 0);
    const call = { destination: "org.example.None", path: "/", interface: "org.example.None", member: "Go" };
    await expect(
      ours.call({ ...call, signature: "s", write: (body) => body.int32(1_000) }),
    ).rejects.toThrow();
    await expect(ours.hasOwner("x.y")).rejects.toThrow();
  });

  it("does not let others in under our name", async () => {
    await expect(Bus.open(bus.socket, 12_345)).rejects.toThrow("does not let us in");
  });

  it("is not there, or without resolved: no trouble", async () => {
    expect(await new Resolved(bus.socket, 0).route(ROUTING)).toBe(false);
    expect(await new Resolved(path.join(bus.directory, "none"), 0).route(ROUTING)).toBe(false);
    expect(await new Resolved(path.join(bus.directory, "none"), 0).revert(1)).toBe(false);
  });

  it("may be another program, which is refused", async () => {
    const socket = path.join(bus.directory, "other");
    const other = net.createServer((client) => client.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(socket);
    await expect(new Resolved(socket, 0).route(ROUTING)).rejects.toThrow("does not let us in");
    other.close();
  });
});

describe("systemd-resolved, a real one", () => {
  let service: DnsService;
  beforeEach(async (context) => {
    if (RESOLVED === undefined)
      return context.skip("`scripts/install-deps test` could not unpack systemd-resolved");
    bus.startResolved();
    const looking = await Bus.open(bus.socket, 0);
    while (!(await looking.hasOwner("org.freedesktop.resolve1"))) await bus.pause();
    looking.close();
    service = await served();
  });
  afterEach(async () => {
    await service?.close();
    execFileSync("sh", ["-c", "ip link del anchor0 2>/dev/null || true"]);
  });

  const served = async () => {
    const made = new DnsService({
      listen: { address: "127.0.0.1", port: 42_069 },
      networkCidr: CIDR,
      gateway: "172.30.0.1",
      records: someRecords(),
      resolvConf: "/dev/null",
      mayResolve: () => false,
      resolved: new Resolved(bus.socket, 0),
      logger: silentLogger,
    });
    await made.open();
    return made;
  };
  const decided = async () => {
    while (service.state().resolved === null) await new Promise((go) => setTimeout(go, 10));
    return service.state().resolved;
  };
  const anchor = () => {
    ip("link", "add", "anchor0", "type", "veth", "peer", "name", "anchor1");
    for (const link of ["anchor1", "anchor0"]) ip("link", "set", link, "up");
    ip("addr", "add", "172.30.0.1/32", "dev", "anchor0");
    return { index: indexOf("anchor0") };
  };

  it("asks us for names of ours, on a link that was just made, until it goes", async () => {
    expect((await dig(STUB, "web.vm")).status).not.toBe("NOERROR");
    await service.gatewayUp(anchor());
    expect(await decided()).toEqual({ state: "routed", problem: null });
    expect(await dig(STUB, "web.vm")).toMatchObject({ status: "NOERROR", answers: ["172.30.0.2"] });
    expect(await dig(STUB, "gone.vm")).toMatchObject({ status: "NXDOMAIN" });
    expect(await dig(STUB, "-x", "172.30.1.3")).toMatchObject({ status: "NOERROR", answers: ["db.vm."] });
    await service.gatewayDown();
    expect((await dig(STUB, "db.vm")).status).not.toBe("NOERROR");
  });

  it("does not ask whoever has our port when we have ended", async () => {
    await service.gatewayUp(anchor());
    expect(await decided()).toEqual({ state: "routed", problem: null });
    await service.close();
    service = await served();
    expect((await dig(STUB, "web.vm")).status).not.toBe("NOERROR");
  });

  it("asks us by the link that a daemon makes here, where the kernel has dummy links", async () => {
    const host = openReal();
    const network = new HostNetwork(
      host,
      CIDR,
      new HostFile(host.file, path.join(bus.directory, "host.json")),
    );
    network.serveGateway({ up: (link) => service.gatewayUp(link), down: () => service.gatewayDown() });
    await network.restore();
    expect(await decided()).toEqual({ state: "routed", problem: null });
    const [{ linkinfo }] = JSON.parse(ip("-j", "-d", "link", "show", "banger0"));
    const isDummy = linkinfo.info_kind === "dummy";
    // The lab's kernel has them.
    if (process.env.BANGER_LAB === "1") expect(linkinfo.info_kind).toBe("dummy");
    const { status, answers } = await dig(STUB, "web.vm");
    // A TAP that nobody has attached to is no link that works, for resolved: docs/dns.md says so.
    if (isDummy) expect([status, answers]).toEqual(["NOERROR", ["172.30.0.2"]]);
    else expect([linkinfo.info_kind, status]).toEqual(["tun", expect.not.stringMatching("NOERROR")]);
    await network.close();
    expect((await dig(STUB, "db.vm")).status).not.toBe("NOERROR");
    await host.close();
  });

  it("refuses a link that is not there, which is told and no more", async () => {
    await service.gatewayUp({ index: 99_999 });
    expect(await decided()).toEqual({ state: "failed", problem: expect.stringContaining("99999") });
    expect(await dig({ address: "127.0.0.1", port: 42_069 }, "web.vm")).toMatchObject({
      status: "NOERROR",
    });
  });
});

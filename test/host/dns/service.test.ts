import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DnsListener } from "../../../src/dns/listener.ts";
import type { Records } from "../../../src/dns/records.ts";
import { DnsService } from "../../../src/dns/service.ts";
import { SteadyListener } from "../../../src/dns/steady-listener.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { query, told } from "../../unit/dns/support/wire.ts";
import { UdpClient } from "./support/clients.ts";
import { someRecords } from "./support/place.ts";

const GATEWAY = "172.30.0.1";
const [WEB, DB, STRANGER] = ["172.30.0.2", "172.30.1.3", "172.30.9.9"];
const LINK = { index: 1 };
/** A resolver of the host, on the port that resolv.conf means. */
const RESOLVER = "127.0.0.9";

const ip = (...args: string[]) => execFileSync("ip", args);
let directory: string;
let resolver: DnsListener;
let records: Records;
let service: DnsService;
let routed: string[];
const mayNot = new Set<string>();

beforeAll(async () => {
  for (const address of [GATEWAY, WEB, DB, STRANGER]) ip("addr", "add", `${address}/32`, "dev", "lo");
  directory = mkdtempSync(path.join(os.tmpdir(), "bgr-"));
  writeFileSync(path.join(directory, "resolv.conf"), `nameserver ${GATEWAY}\nnameserver ${RESOLVER}\n`);
  const respond = async (bytes: Buffer) => {
    const reply = Buffer.from(bytes);
    reply.writeUInt16BE(0x8183, 2);
    return reply;
  };
  resolver = await DnsListener.open({ address: RESOLVER, port: 53, respond, logger: silentLogger });
});
afterAll(async () => {
  await resolver.close();
  for (const address of [GATEWAY, WEB, DB, STRANGER]) ip("addr", "del", `${address}/32`, "dev", "lo");
  rmSync(directory, { recursive: true });
});

beforeEach(() => {
  records = someRecords();
  routed = [];
  service = new DnsService({
    listen: { address: "127.0.0.1", port: 42_069 },
    networkCidr: "172.30.0.0/16",
    gateway: GATEWAY,
    records,
    resolvConf: path.join(directory, "resolv.conf"),
    mayResolve: (source) => !mayNot.has(source),
    resolved: {
      route: async ({ linkIndex, server, domains }) => {
        routed.push(`${linkIndex} ${server.address}:${server.port} ${domains}`);
        return true;
      },
      revert: async (index) => Boolean(routed.push(`revert ${index}`)),
    },
    logger: silentLogger,
  });
});
afterEach(() => service.close());

async function ask(
  name: string,
  from: string | undefined,
  at = { address: GATEWAY, port: 53 },
): Promise<string> {
  await using client = await UdpClient.open(at, from);
  return told(await client.ask(query({ name })));
}

describe("the resolver of guests, on the gateway's address (NET-4)", () => {
  beforeEach(() => service.gatewayUp(LINK));

  it("answers guests and this host itself, and nobody else", async () => {
    expect(await ask("db.vm", WEB)).toBe("NOERROR 172.30.1.3");
    expect(await ask("gone.vm", WEB)).toBe("NXDOMAIN");
    expect(await ask("web.vm", GATEWAY)).toBe("NOERROR 172.30.0.2");
    expect(await ask("web.vm", STRANGER)).toBe("REFUSED");
    expect(await ask("example.com", STRANGER)).toBe("REFUSED");
  });

  it("asks the host's resolver for other names, and never itself, though resolv.conf names it", async () => {
    expect(await ask("example.com", WEB)).toBe("NXDOMAIN");
    expect(await ask("example.com", GATEWAY)).toBe("REFUSED");
  });

  it("does so for whom `--net` allows it", async () => {
    mayNot.add(DB);
    expect(await ask("example.com", DB)).toBe("REFUSED");
    expect(await ask("example.com", WEB)).toBe("NXDOMAIN");
    mayNot.delete(DB);
    expect(await ask("example.com", DB)).toBe("NXDOMAIN");
  });

  it("forgets a guest that has ended", async () => {
    records.remove("1");
    expect(await ask("example.com", WEB)).toBe("REFUSED");
    expect(await ask("web.vm", DB)).toBe("NXDOMAIN");
  });

  it("comes and goes with the address, and has the host's names routed meanwhile", async () => {
    expect(service.state().guests).toEqual({ at: "172.30.0.1:53", problem: null });
    expect(routed).toEqual([]);
    await service.open();
    while (service.state().resolved === null) await new Promise(setImmediate);
    await service.gatewayDown();
    expect(service.state()).toMatchObject({ guests: null, resolved: null });
    expect(routed).toEqual(["1 127.0.0.1:42069 vm,30.172.in-addr.arpa", "revert 1"]);
    await service.gatewayUp(LINK);
    expect(await ask("web.vm", WEB)).toBe("NOERROR 172.30.0.2");
  });
});

describe("an address that cannot be served", () => {
  it("is told, and is no trouble to who opens it", async () => {
    ip("addr", "del", `${GATEWAY}/32`, "dev", "lo");
    await service.gatewayUp(LINK);
    expect(service.state().guests?.problem).toBe("this host does not have the address");
    await service.close();
    ip("addr", "add", `${GATEWAY}/32`, "dev", "lo");
  });

  it("is served as soon as it can be", async () => {
    const holder = net.createServer().listen(42_070, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const opened = Promise.withResolvers<void>();
    const steady = new SteadyListener({
      address: "127.0.0.1",
      port: 42_070,
      respond: async () => null,
      logger: silentLogger,
      retryMs: 10,
      onOpen: () => opened.resolve(),
    });
    await steady.open();
    expect(steady.state).toEqual({ at: "127.0.0.1:42070", problem: "another program has the port" });
    holder.close();
    await opened.promise;
    expect(steady.state.problem).toBeNull();
    await steady.close();
  });

  it("leaves neither transport open, whichever of them was taken", async () => {
    const tcp = net.createServer().listen(42_071, "127.0.0.1");
    await new Promise((resolve) => tcp.once("listening", resolve));
    const options = { address: "127.0.0.1", port: 42_071, respond: async () => null, logger: silentLogger };
    await expect(DnsListener.open(options)).rejects.toMatchObject({ code: "EADDRINUSE" });
    await new Promise((resolve) => tcp.close(resolve));
    const first = await DnsListener.open(options);
    await first.close();
    const dgram = (await import("node:dgram")).createSocket("udp4");
    await new Promise<void>((resolve) => dgram.bind(42_071, "127.0.0.1", resolve));
    await expect(DnsListener.open(options)).rejects.toMatchObject({ code: "EADDRINUSE" });
    await new Promise<void>((resolve) => dgram.close(resolve));
    await (await DnsListener.open(options)).close();
  });
});

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseResolvConf, ResolvConf } from "../../../src/dns/resolv-conf.ts";

describe("resolv.conf", () => {
  it.each<[string, string, string[]]>([
    [
      "two servers",
      "# made\nnameserver 192.0.2.1\nsearch x\n  nameserver\t2001:db8::1 # one\n",
      ["192.0.2.1", "2001:db8::1"],
    ],
    ["systemd-resolved's stub", "nameserver 127.0.0.53\noptions edns0 trust-ad\n", ["127.0.0.53"]],
    ["a link-local server", "nameserver fe80::1%eth0\n", ["fe80::1%eth0"]],
    ["no server", "search example.com\n", ["127.0.0.1"]],
    ["nothing", "", ["127.0.0.1"]],
    [
      "what is no address",
      "nameserver localhost\nnameserver\nnameserver 1.2.3\nnameservers 192.0.2.1\n;nameserver 192.0.2.1",
      ["127.0.0.1"],
    ],
    [
      "more than the C library takes",
      [1, 2, 3, 4].map((n) => `nameserver 192.0.2.${n}\n`).join(""),
      ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    ],
  ])("with %s", (_, text, servers) => {
    expect(parseResolvConf(text)).toEqual(servers);
  });
});

describe("the host's resolvers", () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), "bgr-"));
    file = path.join(directory, "resolv.conf");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("are read again when the file has changed, or another one is there", async () => {
    const conf = new ResolvConf(file, []);
    const addresses = async () => (await conf.servers()).map(({ address }) => address);
    expect(await addresses()).toEqual(["127.0.0.1"]);
    writeFileSync(file, "nameserver 192.0.2.1\n");
    expect(await addresses()).toEqual(["192.0.2.1"]);
    writeFileSync(file, "nameserver 192.0.2.2\n");
    expect(await addresses()).toEqual(["192.0.2.2"]);
    writeFileSync(path.join(directory, "stub"), "nameserver 127.0.0.53\n");
    rmSync(file);
    symlinkSync("stub", file);
    expect(await addresses()).toEqual(["127.0.0.53"]);
    rmSync(file);
    expect(await addresses()).toEqual(["127.0.0.1"]);
  });

  it("are never ourselves", async () => {
    writeFileSync(file, "nameserver 172.30.0.1\nnameserver 192.0.2.2\n");
    expect(await new ResolvConf(file, ["172.30.0.1"]).servers()).toEqual([
      { address: "192.0.2.2", port: 53 },
    ]);
  });
});

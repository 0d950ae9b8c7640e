import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Openings } from "../../../src/firewall/openings.ts";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { openReal } from "../../contract/support/hosts.ts";

let host: HostOps;
let openings: Openings;

beforeAll(() => {
  host = openReal();
  openings = new Openings(host.nft, "172.30.0.1");
});
afterEach(() => void nft("flush ruleset"));
afterAll(() => host.close());

function nft(text: string): string {
  return execFileSync("nft", ["-f", "-"], { input: `${text}\n` }).toString();
}

function rules(table: string, chain: string): string[] {
  const text = execFileSync("nft", ["list", "chain", ...table.split(" "), chain]).toString();
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /accept|drop|jump|reject/.test(line) && !line.startsWith("type "));
}

const COMMENT = 'comment "banger: guests, filtered in table inet banger"';
const FROM = `iifname "bgr*" accept ${COMMENT}`;
const TO_RESOLVER = `iifname "bgr*" ip daddr 172.30.0.1 accept ${COMMENT}`;
const TO = `oifname "bgr*" accept ${COMMENT}`;

/** As Docker's iptables-nft makes it. */
const DOCKER = `table ip filter {
  chain FORWARD { type filter hook forward priority filter; policy drop; jump DOCKER-USER; }
  chain DOCKER-USER { return; }
}`.replaceAll("; }", "\n}");

const UFW = `table ip filter {
  chain INPUT { type filter hook input priority filter; policy drop; ct state established accept; }
  chain FORWARD { type filter hook forward priority filter; policy drop; }
}`.replaceAll("; }", "\n}");

const FIREWALLD = `table inet firewalld {
  chain filter_INPUT { type filter hook input priority filter + 10; policy accept; reject with icmpx admin-prohibited; }
  chain filter_FORWARD { type filter hook forward priority filter + 10; policy accept; reject with icmpx admin-prohibited; }
}`.replaceAll("; }", "\n}");

describe("beside other firewalls (NET-3)", () => {
  it("goes through the chain that Docker has for it", async () => {
    nft(DOCKER);
    expect(await openings.ensure()).toEqual(["ip filter DOCKER-USER"]);
    expect(rules("ip filter", "DOCKER-USER").slice(0, 2).sort()).toEqual([FROM, TO].sort());
    expect(rules("ip filter", "FORWARD")).toEqual(["jump DOCKER-USER"]);
    expect(await openings.ensure()).toEqual([]);
  });

  it("goes through ufw's, in and on", async () => {
    nft(UFW);
    expect((await openings.ensure()).sort()).toEqual(["ip filter FORWARD", "ip filter INPUT"]);
    expect(rules("ip filter", "INPUT")).toEqual([TO_RESOLVER, "ct state established accept"]);
  });

  it("puts back one of its rules that somebody took out", async () => {
    nft(DOCKER);
    await openings.ensure();
    const text = execFileSync("nft", ["-a", "list", "chain", "ip", "filter", "DOCKER-USER"]).toString();
    const handle = /iifname.* handle (\d+)/.exec(text)?.[1];
    nft(`delete rule ip filter DOCKER-USER handle ${handle}`);
    expect(await openings.ensure()).toEqual(["ip filter DOCKER-USER"]);
    expect(rules("ip filter", "DOCKER-USER").slice(0, 2).sort()).toEqual([FROM, TO].sort());
  });

  it("goes through firewalld's, again after it was loaded anew", async () => {
    nft(FIREWALLD);
    await openings.ensure();
    nft(`delete table inet firewalld\n${FIREWALLD}`);
    expect((await openings.ensure()).sort()).toEqual([
      "inet firewalld filter_FORWARD",
      "inet firewalld filter_INPUT",
    ]);
    expect(rules("inet firewalld", "filter_FORWARD")).toHaveLength(3);
    const resolver = (protocol: string) =>
      `iifname "bgr*" ip daddr 172.30.0.1 ${protocol} dport 53 accept ${COMMENT}`;
    expect(rules("inet firewalld", "filter_INPUT").slice(0, 2).sort()).toEqual(
      [resolver("tcp"), resolver("udp")].sort(),
    );
  });

  it.each([
    ["refuses all at its end", "counter reject with icmp host-prohibited", ["ip filter FORWARD"]],
    ["drops all at its end", 'counter log prefix "no: " drop', ["ip filter FORWARD"]],
    ["refuses some at its end", 'iifname "eth9" drop', []],
    ["accepts all at its end", "counter accept", []],
  ])("goes by the last rule of a chain that accepts by its policy: one that %s", async (_, last, opened) => {
    nft(
      `table ip filter {
      chain FORWARD { type filter hook forward priority filter; policy accept; tcp dport 22 accept; ${last}; }
    }`.replaceAll("; }", "\n}"),
    );
    expect(await openings.ensure()).toEqual(opened);
  });

  it("does not go through Docker's chain where nobody asks it", async () => {
    nft(DOCKER.replace("jump DOCKER-USER", "counter"));
    expect(await openings.ensure()).toEqual(["ip filter FORWARD"]);
    expect(rules("ip filter", "DOCKER-USER")).toEqual([]);
  });

  it("leaves alone what accepts what it does not know", async () => {
    nft("table inet mine {\n chain forward { type filter hook forward priority 0; policy accept;\n }\n}");
    expect(await openings.ensure()).toEqual([]);
  });

  it("is gone at the end, and nothing else is", async () => {
    nft(DOCKER);
    const before = execFileSync("nft", ["list", "ruleset"]).toString();
    await openings.ensure();
    await openings.close();
    expect(execFileSync("nft", ["list", "ruleset"]).toString()).toBe(before);
  });
});

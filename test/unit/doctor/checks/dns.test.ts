import { describe, expect, it } from "vitest";
import { checkDns, checkNames, type NamesFacts } from "../../../../src/doctor/checks/dns.ts";
import type { HostResolver } from "../../../../src/doctor/probes/resolver.ts";
import type { DnsState } from "../../../../src/domain/dns.ts";

const AT = "127.0.0.1:42069";
const serving: DnsState = { host: { at: AT, problem: null }, guests: null, resolved: null };

describe("the server of names, to doctor", () => {
  it("is there, or could be", () => {
    expect(checkDns({ listen: AT, daemon: serving, problem: null })).toMatchObject({ status: "pass" });
    expect(checkDns({ listen: AT, daemon: null, problem: null })).toMatchObject({ status: "pass" });
  });

  it.each([
    ["no daemon", null],
    ["a daemon", { ...serving, host: { at: AT, problem: "another program has the port" } }],
  ])("cannot have its port, with %s: another is proposed", (_, daemon) => {
    expect(checkDns({ listen: AT, daemon, problem: "another program has the port" })).toMatchObject({
      status: "warn",
      message: expect.stringContaining("another program has the port"),
      next: expect.stringMatching(/sport = :42069.*dns_listen.*"127\.0\.0\.1:42070"/),
    });
  });

  it("has no place for guests", () => {
    const guests = { at: "172.30.0.1:53", problem: "another program has the port" };
    expect(checkDns({ listen: AT, daemon: { ...serving, guests }, problem: null })).toMatchObject({
      status: "warn",
      message: expect.stringContaining("guests have no resolver: 172.30.0.1:53"),
      next: expect.stringContaining("except-interface=banger0"),
    });
  });
});

describe("names on this host, to doctor", () => {
  const check = (facts: Partial<NamesFacts>) =>
    checkNames({
      resolver: "other",
      nameServers: ["192.0.2.53"],
      answered: false,
      configured: false,
      daemon: serving,
      listen: AT,
      ...facts,
    });

  it("are found, whoever sees to it", () => {
    for (const resolver of ["dnsmasq", "other", "systemd-resolved"] as HostResolver[])
      expect(check({ resolver, answered: true }).status).toBe("pass");
  });

  it.each<[HostResolver, RegExp]>([
    [
      "dnsmasq",
      /^printf 'server=\/vm\/127\.0\.0\.1#42069\\n' > \/etc\/dnsmasq\.d\/banger\.conf && systemctl restart dnsmasq$/,
    ],
    [
      "NetworkManager's dnsmasq",
      /> \/etc\/NetworkManager\/dnsmasq\.d\/banger\.conf && systemctl reload NetworkManager$/,
    ],
    ["NetworkManager", /dns=dnsmasq.*server=\/vm\/.*reload NetworkManager$/],
  ])("are not: the line for %s", (resolver, command) => {
    expect(check({ resolver })).toMatchObject({ status: "warn", command: expect.stringMatching(command) });
    expect(check({ resolver, answered: null })).toMatchObject({ status: "warn" });
  });

  it("are not, with the line in place: whoever reads it is to read it again", () => {
    expect(check({ resolver: "dnsmasq", configured: true }).command).toBe("systemctl restart dnsmasq");
    expect(check({ resolver: "dnsmasq", configured: true, answered: null }).status).toBe("pass");
  });

  it("cannot be found by resolv.conf alone", () => {
    expect(check({})).toMatchObject({
      status: "warn",
      command: null,
      next: expect.stringContaining("systemd-resolved"),
    });
  });

  it("are systemd-resolved's, which the daemon sets up", () => {
    const resolver = "systemd-resolved";
    expect(check({ resolver, answered: null, daemon: null })).toMatchObject({ status: "pass" });
    expect(check({ resolver })).toMatchObject({
      status: "pass",
      message: expect.stringContaining("first VM"),
    });
    const routed: DnsState = { ...serving, resolved: { state: "routed", problem: null } };
    expect(check({ resolver, daemon: routed })).toMatchObject({
      status: "warn",
      command: expect.stringContaining("/etc/resolv.conf"),
    });
    expect(check({ resolver, daemon: routed, nameServers: ["127.0.0.53"] })).toMatchObject({
      status: "warn",
      command: "modprobe dummy",
    });
    const failed: DnsState = { ...serving, resolved: { state: "failed", problem: "Access denied" } };
    expect(check({ resolver, daemon: failed })).toMatchObject({
      status: "warn",
      message: expect.stringContaining("Access denied"),
    });
  });
});

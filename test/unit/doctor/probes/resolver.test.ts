import { describe, expect, it } from "vitest";
import { hostCommands, hostResolver } from "../../../../src/doctor/probes/resolver.ts";

const LOCAL = ["127.0.0.1"];
const FAR = ["192.0.2.53"];
const DNSMASQ = ["/usr/sbin/dnsmasq", "-x", "/run/dnsmasq/dnsmasq.pid", "-7", "/etc/dnsmasq.d"];
const NM = ["/usr/sbin/NetworkManager", "--no-daemon"];
const NM_DNSMASQ = ["/usr/sbin/dnsmasq", "--no-resolv", "--conf-dir=/etc/NetworkManager/dnsmasq.d"];

describe("who resolves names on this host", () => {
  it.each([
    ["systemd-resolved", ["127.0.0.53"], [["/lib/systemd/systemd-resolved"], NM]],
    ["dnsmasq", LOCAL, [DNSMASQ]],
    ["NetworkManager's dnsmasq", LOCAL, [NM, NM_DNSMASQ]],
    ["NetworkManager", FAR, [NM]],
    ["NetworkManager", FAR, [NM, ["dnsmasq", "--conf-file=/var/lib/libvirt/dnsmasq/default.conf"]]],
    ["other", FAR, [["dnsmasq", "--conf-file=/var/lib/libvirt/dnsmasq/default.conf"]]],
    ["other", FAR, []],
    ["other", LOCAL, [["/usr/bin/vi", "dnsmasq"]]],
  ])("is %s", (expected, nameServers, commands) => {
    expect(hostResolver(nameServers, commands)).toBe(expected);
  });

  it("is looked for among the processes", async () => {
    const [program, script] = process.argv;
    expect((await hostCommands()).some((each) => each.join(" ").includes(script ?? program ?? ""))).toBe(
      true,
    );
  });
});

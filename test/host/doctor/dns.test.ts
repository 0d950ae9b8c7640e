import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BrokenHost } from "./broken-host.ts";

let host: BrokenHost;
beforeEach(async () => {
  host = await BrokenHost.open();
});
afterEach(() => host.close());

/** Ends with the host, or by its pid. */
const start = async (command: string) =>
  (await host.sh(`${command} >${host.directory}/log 2>&1 & echo $!`)).trim();

describe("names of VMs (NET-4)", () => {
  it.each([
    ["TCP", "require('net').createServer().listen(42069, '127.0.0.1')"],
    ["UDP", "require('dgram').createSocket('udp4').bind(42069, '127.0.0.1')"],
  ])("their server's port is taken, by %s", async (_, script) => {
    expect(await host.check("dns")).toMatchObject({ status: "pass" });
    const pid = await start(`${process.execPath} -e "${script}"`);
    try {
      await host.sh("until ss -lntuH 'sport = :42069' | grep -q 42069; do sleep 0.05; done");
      const broken = await host.check("dns");
      expect(broken).toMatchObject({
        status: "warn",
        message: expect.stringContaining("127.0.0.1:42069: another program has the port"),
      });
      // Either of the two ways out.
      host.configure(`dns_listen = ${/"127\.0\.0\.1:\d+"/.exec(broken.next ?? "")?.[0]}`);
      expect(await host.check("dns")).toMatchObject({ status: "pass" });
      host.configure("");
    } finally {
      await host.sh(`kill ${pid}; while kill -0 ${pid} 2>/dev/null; do sleep 0.05; done`);
    }
    expect(await host.check("dns")).toMatchObject({ status: "pass" });
  });

  it("an address that this host does not have", async () => {
    host.configure('dns_listen = "192.0.2.1:42069"');
    expect(await host.check("dns")).toMatchObject({
      status: "warn",
      message: expect.stringContaining("does not have the address"),
    });
  });

  it("nobody who could ask for them", async () => {
    await host.sh(
      `echo 'nameserver 192.0.2.53' > ${host.directory}/r; mount --bind ${host.directory}/r /etc/resolv.conf`,
    );
    expect(await host.check("names")).toMatchObject({
      status: "warn",
      next: expect.stringContaining("install systemd-resolved"),
    });
  });

  it("a dnsmasq that does not ask for them, until it has the line", async () => {
    // An /etc of its own: the line is written there.
    await host.sh(`
      cp -a /etc ${host.directory}/etc && mount --bind ${host.directory}/etc /etc
      mkdir -p /etc/dnsmasq.d && rm -f /etc/resolv.conf && echo 'nameserver 127.0.0.1' > /etc/resolv.conf`);
    const dnsmasq = () =>
      start(
        "dnsmasq --keep-in-foreground --no-resolv --listen-address=127.0.0.1 --bind-interfaces --conf-dir=/etc/dnsmasq.d",
      );
    let pid = await dnsmasq();
    try {
      const broken = await host.check("names");
      expect(broken).toMatchObject({
        status: "warn",
        message: expect.stringContaining("dnsmasq does not ask banger"),
      });
      const [write, restart] = (broken.command ?? "").split(" && ");
      expect(restart).toBe("systemctl restart dnsmasq");
      await host.sh(write ?? "false");
      await host.sh(`kill ${pid}; while kill -0 ${pid} 2>/dev/null; do sleep 0.05; done`);
      pid = await dnsmasq();
      expect(await host.check("names")).toMatchObject({
        status: "pass",
        message: expect.stringContaining("is set to ask"),
      });
      // What dnsmasq makes of the line: it asks there.
      const server = `require('dgram').createSocket('udp4').on('message', () => process.exit(7)).bind(42069, '127.0.0.1')`;
      const asked = host.sh(`set +e; ${process.execPath} -e "${server}"; echo $?`);
      await host.sh(
        "until ss -lnuH 'sport = :42069' | grep -q 42069; do sleep 0.05; done; dig +tries=1 +time=1 @127.0.0.1 web.vm || true",
      );
      expect(await asked).toBe("7\n");
    } finally {
      await host.sh(`kill ${pid}`);
    }
  });
});

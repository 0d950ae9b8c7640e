import { spawn } from "node:child_process";
import {
  type Guest,
  HOST_DNS_PORT,
  type OpenPlace,
  openPlace,
  PORT,
} from "../../host/firewall/support/place.ts";
import { type Bound, HostSockets } from "../../host/firewall/support/sockets.ts";
import { buildProbe, Wire } from "../../host/firewall/support/wire.ts";
import { HOST } from "../../support/outside.ts";
import type { Internet } from "./internet.ts";
import { mustRun } from "./run.ts";
import type { Sandbox } from "./sandbox.ts";

const NAMES = ["a", "b"] as const;

/** The place of the packets' matrix, with machines for guests: two VMs, `a` and `b`, whose root sends what no program of good manners would. */
export function openGuestPlace(sandbox: Sandbox, internet: Internet): Promise<OpenPlace> {
  return openPlace(async (scope) => {
    const probe = buildProbe(sandbox.directory);
    await Promise.all(NAMES.map((name) => sandbox.ok("vm", "create", "--name", name, "--memory", "512M")));
    await Promise.all(NAMES.map((name) => sandbox.ok("vm", "cp", probe, `${name}:/root/probe`)));
    const [guestA, guestB] = [await guestOf(sandbox, "a"), await guestOf(sandbox, "b")];
    const inHost = ["nsenter", `--net=/run/netns/${sandbox.netns}`];
    const inGuest = (name: string) => {
      const { child } = sandbox.start(["vm", "exec", name, "--", "/root/probe", "eth0"]);
      return Wire.open(scope, name, child);
    };
    const at = (name: string, ...[program = "", ...argv]: string[]) =>
      Wire.open(scope, name, spawn(program, argv, { stdio: ["pipe", "pipe", "inherit"] }));
    const bound: Bound[] = [
      ["udp4", "0.0.0.0", PORT],
      ["udp6", "::", PORT],
      // The daemon has the others itself.
      ["udp4", HOST, 53],
      ["udp4", HOST, HOST_DNS_PORT],
      ["udp4", guestA.gateway, HOST_DNS_PORT],
    ];
    const macs = [guestA.tap, guestB.tap, "up0"].map(async (link) => {
      const { address } = await ip<{ address: string }>(sandbox, "link", "show", link);
      return [link, address] as const;
    });
    return {
      guestA,
      guestB,
      a: await inGuest("a"),
      b: await inGuest("b"),
      door: await at("door", ...inHost, probe, guestA.tap),
      uplink: await at("uplink", "ip", "netns", "exec", internet.netns, probe, "eth0"),
      sockets: await HostSockets.open(scope, bound, inHost),
      macs: new Map(await Promise.all(macs)),
    };
  });
}

/** By the kernels' word, not by banger's. */
async function guestOf(sandbox: Sandbox, name: string): Promise<Guest & { gateway: string }> {
  const inGuest = async (...command: string[]) =>
    (await sandbox.ok("vm", "exec", name, "--", ...command)).trim();
  const mac = await inGuest("cat", "/sys/class/net/eth0/address");
  const { address } = await sandbox.json<{ address: string }>("vm", "show", name);
  const route = await ip<{ dev: string; prefsrc: string }>(sandbox, "route", "get", address);
  return { tap: route.dev, mac, address, gateway: route.prefsrc };
}

async function ip<T>(sandbox: Sandbox, ...args: string[]): Promise<T> {
  const [first] = JSON.parse(await mustRun("ip", ["-n", sandbox.netns, "-j", ...args])) as T[];
  if (first === undefined) throw new Error(`ip ${args.join(" ")} shows nothing`);
  return first;
}

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  GATEWAY,
  type Guest,
  HOST,
  HOST_DNS_PORT,
  NETWORK,
  Place,
  PORT,
  PRIVATE,
  PUBLIC,
  ROUTER,
  ROUTER_MAC,
  TRUSTING,
} from "./place.ts";
import { HostSockets } from "./sockets.ts";
import { buildProbe, Wire } from "./wire.ts";

export const A: Guest = { tap: "bgr901", mac: "02:62:67:00:03:85", address: "172.30.3.135" };
export const B: Guest = { tap: "bgr902", mac: "02:62:67:00:03:86", address: "172.30.3.136" };
const UPLINK = "up0";

/**
 * The test's own network namespace is the host; others stand for two guests and for what is behind the uplink, the internet and a private
 * network alike.
 */
export async function openVethPlace(): Promise<{ place: Place; close(): Promise<void> }> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "banger-packets-"));
  const putBack = trustAll();
  const probe = buildProbe(directory);
  const namespaces = new Map<string, string>();
  const link = (name: string, mac: string): string => {
    const namespace = `bgrp-${process.pid}-${name}`;
    ip("netns", "add", namespace);
    namespaces.set(name, namespace);
    ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "address", mac, "netns", namespace);
    for (const each of ["lo", "eth0"]) ip("-n", namespace, "link", "set", each, "up");
    ip("link", "set", name, "up");
    return namespace;
  };
  ip("addr", "add", `${GATEWAY}/32`, "dev", "lo");
  for (const { tap, mac, address } of [A, B]) {
    link(tap, mac);
    ip("route", "add", `${address}/32`, "dev", tap, "src", GATEWAY);
    ip("neigh", "add", address, "dev", tap, "lladdr", mac);
  }
  const outside = link(UPLINK, ROUTER_MAC);
  ip("addr", "add", `${HOST}/24`, "dev", UPLINK);
  ip("-n", outside, "addr", "add", `${ROUTER}/24`, "dev", "eth0");
  for (const address of [PRIVATE, PUBLIC]) ip("-n", outside, "addr", "add", `${address}/32`, "dev", "lo");
  ip("-n", outside, "route", "add", NETWORK.cidr, "via", HOST);
  ip("route", "add", "default", "via", ROUTER);
  for (const name of namespaces.keys()) sysctl(`ipv4/conf/${name}/forwarding`, 1);
  const wire = (name: string) => {
    const inside = ["netns", "exec", namespaces.get(name) as string, probe, "eth0"];
    return new Wire(name, spawn("ip", inside, { stdio: ["pipe", "pipe", "inherit"] })).ready();
  };
  const place = new Place({
    guestA: A,
    guestB: B,
    a: await wire(A.tap),
    b: await wire(B.tap),
    door: await new Wire("door", spawn(probe, [A.tap], { stdio: ["pipe", "pipe", "inherit"] })).ready(),
    uplink: await wire(UPLINK),
    sockets: await HostSockets.open([
      ["udp4", "0.0.0.0", PORT],
      ["udp6", "::", PORT],
      ["udp4", "0.0.0.0", 53],
      ["udp4", "0.0.0.0", HOST_DNS_PORT],
    ]),
    macs: new Map([...namespaces.keys()].map((name) => [name, macOf(name)])),
  });
  const close = async () => {
    await place.close();
    for (const namespace of namespaces.values()) ip("netns", "delete", namespace);
    ip("addr", "del", `${GATEWAY}/32`, "dev", "lo");
    putBack();
    rmSync(directory, { recursive: true });
  };
  return { place, close };
}

function sysctl(name: string, value: string | number): string {
  const before = readFileSync(`/proc/sys/net/${name}`, "utf8");
  writeFileSync(`/proc/sys/net/${name}`, String(value));
  return before;
}

/** What would stop some packets whatever our rules are is off. Gives what puts it back. */
function trustAll(): () => void {
  const before = TRUSTING.map(([name, value]) => [name, sysctl(name, value)] as const);
  return () => {
    for (const [name, value] of before) sysctl(name, value);
  };
}

function macOf(link: string): string {
  const [shown] = JSON.parse(execFileSync("ip", ["-j", "link", "show", link]).toString());
  return (shown as { address: string }).address;
}

function ip(...args: string[]): void {
  execFileSync("ip", args);
}

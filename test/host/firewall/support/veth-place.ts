import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { UndoScope } from "../../../../src/shared/undo.ts";
import {
  GATEWAY,
  type Guest,
  HOST,
  HOST_DNS_PORT,
  NETWORK,
  type OpenPlace,
  openPlace,
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
export function openVethPlace(): Promise<OpenPlace> {
  return openPlace(async (scope) => {
    const directory = mkdtempSync(path.join(os.tmpdir(), "banger-packets-"));
    scope.defer("directory", () => rmSync(directory, { recursive: true }));
    const probe = buildProbe(directory);
    trustAll(scope);
    const namespaces = makeLinks(scope);
    const wire = (name: string, ...before: string[]) => {
      const [program = "", ...argv] = [...before, probe, before.length === 0 ? A.tap : "eth0"];
      return Wire.open(scope, name, spawn(program, argv, { stdio: ["pipe", "pipe", "inherit"] }));
    };
    const inside = (name: string) => wire(name, "ip", "netns", "exec", namespaces.get(name) as string);
    return {
      guestA: A,
      guestB: B,
      a: await inside(A.tap),
      b: await inside(B.tap),
      door: await wire("door"),
      uplink: await inside(UPLINK),
      sockets: await HostSockets.open(scope, [
        ["udp4", "0.0.0.0", PORT],
        ["udp6", "::", PORT],
        ["udp4", "0.0.0.0", 53],
        ["udp4", "0.0.0.0", HOST_DNS_PORT],
      ]),
      macs: new Map([...namespaces.keys()].map((name) => [name, macOf(name)])),
    };
  });
}

/** The namespaces by the names of the host's ends. */
function makeLinks(scope: UndoScope): Map<string, string> {
  const namespaces = new Map<string, string>();
  const link = (name: string, mac: string): string => {
    const namespace = `bgrp-${process.pid}-${name}`;
    ip("netns", "add", namespace);
    scope.defer(namespace, () => ip("netns", "delete", namespace));
    namespaces.set(name, namespace);
    ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "address", mac, "netns", namespace);
    for (const each of ["lo", "eth0"]) ip("-n", namespace, "link", "set", each, "up");
    ip("link", "set", name, "up");
    return namespace;
  };
  ip("addr", "add", `${GATEWAY}/32`, "dev", "lo");
  scope.defer("gateway", () => ip("addr", "del", `${GATEWAY}/32`, "dev", "lo"));
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
  return namespaces;
}

function sysctl(name: string, value: string | number): string {
  const before = readFileSync(`/proc/sys/net/${name}`, "utf8");
  writeFileSync(`/proc/sys/net/${name}`, String(value));
  return before;
}

/** What would stop some packets whatever our rules are is off. */
function trustAll(scope: UndoScope): void {
  for (const [name, value] of TRUSTING) {
    const before = sysctl(name, value);
    scope.defer(name, () => sysctl(name, before));
  }
}

function macOf(link: string): string {
  const [shown] = JSON.parse(execFileSync("ip", ["-j", "link", "show", link]).toString());
  return (shown as { address: string }).address;
}

function ip(...args: string[]): void {
  execFileSync("ip", args);
}

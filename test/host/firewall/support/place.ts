import { execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "../../../e2e/support/run.ts";

export const GATEWAY = "172.30.0.1";
export const NETWORK = { cidr: "172.30.0.0/16", gateway: GATEWAY };
/** The host's address on its uplink, a private one behind the router there, and one of the internet. */
export const HOST = "192.168.7.2";
export const PRIVATE = "10.77.0.1";
export const PUBLIC = "93.184.216.34";
const ROUTER = "192.168.7.1";
export const PORT = 9999;

export interface Guest {
  readonly tap: string;
  readonly mac: string;
  readonly address: string;
}
export const A: Guest = { tap: "bgr901", mac: "02:62:67:00:03:85", address: "172.30.3.135" };
export const B: Guest = { tap: "bgr902", mac: "02:62:67:00:03:86", address: "172.30.3.136" };

/** A link's other end in a namespace of its own, where every frame is seen and any can be sent. */
export class Wire {
  readonly seen: Buffer[] = [];
  readonly namespace: string;
  readonly #child;

  constructor(namespace: string, probe: string) {
    this.namespace = namespace;
    this.#child = spawn("ip", ["netns", "exec", namespace, probe, "eth0"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
  }

  async ready(): Promise<void> {
    const lines = createInterface(this.#child.stdout);
    await once(lines, "line");
    lines.on("line", (line) => this.seen.push(Buffer.from(line, "hex")));
  }

  send(...frames: Buffer[]): void {
    for (const frame of frames) this.#child.stdin.write(`${frame.toString("hex")}\n`);
  }

  /** Frames that have the text somewhere. */
  with(text: string): Buffer[] {
    return this.seen.filter((frame) => frame.includes(text));
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await once(this.#child, "exit");
  }
}

/**
 * The test's own network namespace is the host; others stand for two guests and for what is behind the uplink, the internet and a private
 * network alike. The host has sockets that tell what reaches it.
 */
export class Place {
  readonly directory = mkdtempSync(path.join(os.tmpdir(), "banger-packets-"));
  readonly a: Wire;
  readonly b: Wire;
  readonly uplink: Wire;
  /** Texts that came to the host's sockets, with the port. */
  readonly received: string[] = [];
  readonly #sockets: Socket[] = [];
  readonly #namespaces: string[] = [];
  #fences = 0;

  private constructor() {
    const probe = path.join(this.directory, "probe");
    execFileSync("g++", ["-std=c++17", "-O1", "-o", probe, path.join(import.meta.dirname, "probe.cc")]);
    ip("addr", "add", `${GATEWAY}/32`, "dev", "lo");
    this.a = new Wire(this.#guest(A), probe);
    this.b = new Wire(this.#guest(B), probe);
    const uplink = this.#link("up0", "02:00:00:00:07:01");
    ip("addr", "add", `${HOST}/24`, "dev", "up0");
    ip("-n", uplink, "addr", "add", `${ROUTER}/24`, "dev", "eth0");
    for (const address of [PRIVATE, PUBLIC]) ip("-n", uplink, "addr", "add", `${address}/32`, "dev", "lo");
    ip("-n", uplink, "route", "add", NETWORK.cidr, "via", HOST);
    ip("route", "add", "default", "via", ROUTER);
    this.uplink = new Wire(uplink, probe);
  }

  static async open(): Promise<Place> {
    const place = new Place();
    await Promise.all([place.a, place.b, place.uplink].map((wire) => wire.ready()));
    for (const port of [53, PORT]) await place.#listen("udp4", port);
    await place.#listen("udp6", PORT);
    return place;
  }

  /** All that was sent before has come, or never does: one packet by each way that is always open. */
  async settled(): Promise<void> {
    for (const wire of [this.uplink, this.a, this.b]) {
      const text = `fence-${this.#fences++}.`;
      const address = wire === this.uplink ? ROUTER : wire === this.a ? A.address : B.address;
      await eventually(async () => {
        await this.send(address, PORT, text);
        return wire.with(text).length > 0;
      }, `${wire.namespace} sees ${text}`);
    }
    const text = `fence-${this.#fences++}.`;
    await this.send("127.0.0.1", PORT, text);
    await eventually(async () => this.received.includes(`${PORT} ${text}`), "the host hears itself");
  }

  /** From the host's port of that number. */
  async send(address: string, port: number, text: string): Promise<void> {
    const socket = this.#sockets[1] as Socket;
    await new Promise<void>((resolve, reject) => {
      socket.send(text, port, address, (error) => (error ? reject(error) : resolve()));
    });
  }

  sysctl(name: string, value: number): void {
    writeFileSync(`/proc/sys/net/${name}`, String(value));
  }

  macOf(link: string): string {
    return (JSON.parse(execFileSync("ip", ["-j", "link", "show", link]).toString())[0] as { address: string })
      .address;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    for (const wire of [this.a, this.b, this.uplink]) await wire.close();
    for (const namespace of this.#namespaces) ip("netns", "delete", namespace);
    ip("addr", "del", `${GATEWAY}/32`, "dev", "lo");
    rmSync(this.directory, { recursive: true });
  }

  #guest({ tap, mac, address }: Guest): string {
    const namespace = this.#link(tap, mac);
    ip("route", "add", `${address}/32`, "dev", tap, "src", GATEWAY);
    ip("neigh", "add", address, "dev", tap, "lladdr", mac);
    return namespace;
  }

  #link(name: string, mac: string): string {
    const namespace = `bgrp-${process.pid}-${name}`;
    ip("netns", "add", namespace);
    this.#namespaces.push(namespace);
    ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "address", mac, "netns", namespace);
    for (const link of ["lo", "eth0"]) ip("-n", namespace, "link", "set", link, "up");
    ip("link", "set", name, "up");
    return namespace;
  }

  async #listen(type: "udp4" | "udp6", port: number): Promise<void> {
    const socket = createSocket({ type, ipv6Only: type === "udp6" });
    socket.on("message", (message) => this.received.push(`${port} ${message}`));
    socket.bind(port);
    await once(socket, "listening");
    this.#sockets.push(socket);
  }
}

function ip(...args: string[]): void {
  execFileSync("ip", args);
}

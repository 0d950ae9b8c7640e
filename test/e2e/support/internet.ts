import { spawn } from "node:child_process";
import { once } from "node:events";
import { HOST, PRIVATE, PUBLIC, ROUTER, ROUTER_MAC } from "../../support/outside.ts";
import { mustRun } from "./run.ts";
import type { Sandbox } from "./sandbox.ts";

/** Addresses of the same server. */
export { PRIVATE, PUBLIC };

const SERVER = `require("node:http").createServer((request, response) => response.end(request.socket.remoteAddress))
  .listen(80, "::", () => console.log("ready"));`;

/** What is behind a sandbox's uplink: a namespace with a web server that says who asks. */
export class Internet {
  readonly #sandbox: Sandbox;
  readonly netns: string;
  readonly #server;

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.netns = `${sandbox.netns}-net`;
    this.#server = spawn("ip", ["netns", "exec", this.netns, process.execPath, "-e", SERVER], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  /** The address by which the host is known there. */
  static readonly host = HOST;

  static async open(sandbox: Sandbox): Promise<Internet> {
    const [here, there] = [sandbox.netns, `${sandbox.netns}-net`];
    await mustRun("ip", ["netns", "add", there]);
    const pair = ["type", "veth", "peer", "name", "eth0", "address", ROUTER_MAC, "netns", there];
    await mustRun("ip", ["-n", here, "link", "add", "up0", ...pair]);
    const settings: [string, ...string[]][] = [
      [here, "address", "add", `${HOST}/24`, "dev", "up0"],
      [here, "link", "set", "up0", "up"],
      [here, "route", "add", "default", "via", ROUTER],
      [there, "address", "add", `${ROUTER}/24`, "dev", "eth0"],
      [there, "address", "add", `${PUBLIC}/32`, "dev", "lo"],
      [there, "address", "add", `${PRIVATE}/32`, "dev", "lo"],
      [there, "link", "set", "lo", "up"],
      [there, "link", "set", "eth0", "up"],
    ];
    for (const [netns, ...args] of settings) await mustRun("ip", ["-n", netns, ...args]);
    const internet = new Internet(sandbox);
    await once(internet.#server.stdout, "data");
    return internet;
  }

  async close(): Promise<void> {
    const ended = once(this.#server, "exit");
    this.#server.kill();
    await ended;
    await mustRun("ip", ["-n", this.#sandbox.netns, "link", "delete", "up0"]);
    await mustRun("ip", ["netns", "delete", this.netns]);
  }
}

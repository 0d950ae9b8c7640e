import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { eventually, mustRun, type Running } from "../../../e2e/support/run.ts";
import type { DebianRoot } from "./debian.ts";

/** Somebody else's firewall, as its package has it. */
export interface OtherFirewall {
  start(): Promise<void>;
  /** Makes its rules anew. */
  reload(): Promise<void>;
  /** What it says of its rules: it has to be able to read them with ours among them. */
  show(): Promise<string>;
  /** Its programs end; what rules they leave does not matter. */
  stop(): Promise<void>;
}

export class Docker implements OtherFirewall {
  readonly #root: DebianRoot;
  #daemon: Running | null = null;

  constructor(root: DebianRoot) {
    this.#root = root;
  }

  async start(): Promise<void> {
    // One overlay on another has a limit, which is reached here.
    for (let attempts = 3; ; attempts--) {
      this.#daemon = this.#root.start("dockerd", "--storage-driver=vfs");
      try {
        return await this.#daemon.until(/API listen on/);
      } catch (error) {
        // It gives containerd 15 s, of which an emulated machine needs many to read its program for the first time.
        if (attempts === 1 || !/timeout waiting for containerd/.test(this.#daemon.stderr)) throw error;
      }
    }
  }

  async reload(): Promise<void> {
    await this.#end();
    await this.start();
  }

  show(): Promise<string> {
    return this.#root.run("iptables-save");
  }

  /** It leaves a link, and forwarding turned on. */
  async stop(): Promise<void> {
    await this.#end();
    await mustRun("ip", ["link", "delete", "docker0"]);
    writeFileSync("/proc/sys/net/ipv4/ip_forward", "0");
  }

  async #end(): Promise<void> {
    this.#daemon?.child.kill("SIGTERM");
    await this.#daemon?.finished;
    this.#daemon = null;
  }

  run(...args: string[]): Promise<string> {
    return this.#root.run("docker", ...args);
  }
}

export class Firewalld implements OtherFirewall {
  readonly #root: DebianRoot;
  #programs: Running[] = [];

  constructor(root: DebianRoot) {
    this.#root = root;
  }

  async start(): Promise<void> {
    const bus = this.#root.start("dbus-daemon", "--nofork", "--nopidfile", "--config-file=/etc/bus.conf");
    const socket = path.join(this.#root.path, "run/dbus/system_bus_socket");
    await eventually(async () => existsSync(socket), "the message bus");
    const daemon = this.#root.start("firewalld", "--nofork", "--nopid");
    this.#programs = [daemon, bus];
    await eventually(async () => {
      if (daemon.child.exitCode !== null) throw new Error(`firewalld ended: ${daemon.stderr}`);
      return this.#root.run("firewall-cmd", "--state").catch(() => null);
    }, "firewalld");
  }

  async reload(): Promise<void> {
    await this.#root.run("firewall-cmd", "--reload");
  }

  show(): Promise<string> {
    return this.#root.run("firewall-cmd", "--list-all");
  }

  async stop(): Promise<void> {
    for (const program of this.#programs) {
      program.child.kill("SIGTERM");
      await program.finished;
    }
    this.#programs = [];
  }
}

export class Ufw implements OtherFirewall {
  readonly #root: DebianRoot;

  constructor(root: DebianRoot) {
    this.#root = root;
  }

  async start(): Promise<void> {
    await this.#root.run("ufw", "--force", "enable");
  }

  async reload(): Promise<void> {
    await this.#root.run("ufw", "reload");
  }

  async show(): Promise<string> {
    return (await this.#root.run("ufw", "status", "verbose")) + (await this.#root.run("iptables-save"));
  }

  async stop(): Promise<void> {
    await this.#root.run("ufw", "--force", "disable");
  }
}

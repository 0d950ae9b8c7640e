import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

const UNPACKED = path.resolve("build/unpacked/resolved");
/** As `scripts/install-deps test` unpacks it. */
export const RESOLVED = ["usr/lib", "lib"]
  .map((lib) => path.join(UNPACKED, lib, "systemd/systemd-resolved"))
  .find(existsSync);

const USERS = [
  ["passwd", "systemd-resolve:x:64994:64994::/:/usr/sbin/nologin\n"],
  ["group", "systemd-resolve:x:64994:\n"],
] as const;

const CONFIG = (socket: string) => `<busconfig>
  <type>system</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
  </policy>
</busconfig>`;

/** A message bus of a test's own: the reference daemon. */
export class TestBus implements AsyncDisposable {
  readonly directory = mkdtempSync(path.join(os.tmpdir(), "bgr-bus-"));
  readonly socket = path.join(this.directory, "bus");
  readonly #children: ChildProcess[] = [];
  /** What the programs have printed. */
  output = "";

  static async open(): Promise<TestBus> {
    const bus = new TestBus();
    // resolved is another user.
    chmodSync(bus.directory, 0o755);
    const config = path.join(bus.directory, "bus.conf");
    writeFileSync(config, CONFIG(bus.socket));
    for (const [file, line] of USERS) {
      const others = readFileSync(`/etc/${file}`, "utf8").replace(/^systemd-resolve:.*\n/m, "");
      writeFileSync(path.join(bus.directory, file), others + line, { mode: 0o644 });
    }
    bus.#spawn(`exec dbus-daemon --nofork --nopidfile --nosyslog --config-file=${config}`);
    while (!(await isOpen(bus.socket))) await bus.pause();
    return bus;
  }

  /** systemd-resolved, which answers on 127.0.0.53, and has nobody else to ask. */
  startResolved(): void {
    if (RESOLVED === undefined) throw new Error("systemd-resolved is not unpacked");
    const script = `
      mount -t tmpfs -o mode=755 none /run
      echo 'nameserver 127.0.0.53' > ${this.directory}/resolv.conf
      [ -L /etc/resolv.conf ] || mount --bind ${this.directory}/resolv.conf /etc/resolv.conf
      mkdir -p /run/systemd/resolve && chown 64994:64994 /run/systemd/resolve
      exec ${RESOLVED}`;
    const libraries = ["usr/lib", "lib"].map((lib) => path.join(UNPACKED, lib, "x86_64-linux-gnu/systemd"));
    this.#spawn(script, {
      ...process.env,
      LD_LIBRARY_PATH: libraries.join(":"),
      DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${this.socket}`,
    });
  }

  /** In a mount namespace, with the user that resolved becomes: the bus looks up whom it lets in. */
  #spawn(script: string, env: NodeJS.ProcessEnv = process.env): void {
    const users = USERS.map(([file]) => `mount --bind ${this.directory}/${file} /etc/${file}`).join("\n");
    const child = spawn(
      "unshare",
      ["--mount", "--propagation", "private", "sh", "-ec", `${users}\n${script}`],
      {
        env,
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    child.on("error", (error) => {
      this.output += String(error);
    });
    this.#children.push(child);
  }

  /** A moment, for what is awaited; rejects when one of the programs has ended. */
  async pause(): Promise<void> {
    if (this.#children.some((each) => each.exitCode !== null)) throw new Error(`it ended: ${this.output}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function isOpen(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = net.connect(socket);
    client.once("connect", () => resolve(Boolean(client.destroy())));
    client.once("error", () => resolve(false));
  });
}

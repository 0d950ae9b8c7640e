import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { mustRun, Running } from "../../../e2e/support/run.ts";

/** As `scripts/install-deps firewalls` unpacks it. */
const UNPACKED = path.resolve("build/unpacked/firewalls");

const BUS = `<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
  </policy>
</busconfig>
`;

const ENV = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
  DBUS_SYSTEM_BUS_ADDRESS: "unix:path=/run/dbus/system_bus_socket",
};

/**
 * A root directory with Debian's packages, and what their installation would have made. Written to is a copy in memory, which goes at the
 * end. Its programs run in this process's namespaces, the network's too.
 */
export class DebianRoot {
  readonly path: string;
  readonly #base: string;

  private constructor(base: string) {
    this.#base = base;
    this.path = path.join(base, "root");
  }

  static async open(): Promise<DebianRoot> {
    const root = new DebianRoot(mkdtempSync(path.join(os.tmpdir(), "banger-debian-")));
    await root.#mount();
    root.#install();
    return root;
  }

  /** Runs a program to its end and gives what it printed; a status other than 0 is an error. */
  run(program: string, ...args: string[]): Promise<string> {
    return mustRun("chroot", [this.path, program, ...args], { env: ENV });
  }

  /** Starts one that stays. */
  start(program: string, ...args: string[]): Running {
    return new Running("chroot", [this.path, program, ...args], { env: ENV, input: "" });
  }

  /** After all its programs have ended. */
  async close(): Promise<void> {
    await mustRun("umount", ["--recursive", "--lazy", this.#base]);
    rmdirSync(this.#base);
  }

  async #mount(): Promise<void> {
    const mount = (...args: string[]) => mustRun("mount", args);
    const at = (name: string) => path.join(this.path, name);
    await mount("-t", "tmpfs", "tmpfs", this.#base);
    const [upper, work] = ["upper", "work"].map((name) => path.join(this.#base, name)) as [string, string];
    for (const directory of [upper, work, this.path]) mkdirSync(directory);
    const layers = `lowerdir=${UNPACKED},upperdir=${upper},workdir=${work}`;
    await mount("-t", "overlay", "-o", layers, "overlay", this.path);
    for (const name of ["proc", "sys", "dev", "run", "tmp", "root", "var/lib", "var/log"])
      mkdirSync(at(name), { recursive: true });
    await mount("-t", "proc", "proc", at("proc"));
    await mount("-t", "sysfs", "sysfs", at("sys"));
    await mount("--rbind", "/sys/fs/cgroup", at("sys/fs/cgroup"));
    await mount("--rbind", "/dev", at("dev"));
    await mount("-t", "tmpfs", "tmpfs", at("run"));
  }

  /** What is not in the packages, but made by their scripts. */
  #install(): void {
    const at = (name: string) => path.join(this.path, name);
    writeFileSync(at("etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
    writeFileSync(at("etc/group"), "root:x:0:\n");
    // Nobody is asked for a name: there is no network.
    writeFileSync(at("etc/hosts"), `127.0.0.1 localhost ${os.hostname()}\n`);
    writeFileSync(at("etc/nsswitch.conf"), "hosts: files\n");
    writeFileSync(at("etc/bus.conf"), BUS);
    mkdirSync(at("run/dbus"));
    rmdirSync(at("var/run"));
    symlinkSync("/run", at("var/run"));
    symlinkSync("mawk", at("usr/bin/awk"));
    // Debian's default: iptables over nftables.
    for (const tool of ["iptables", "ip6tables"]) {
      for (const name of [tool, `${tool}-save`, `${tool}-restore`])
        symlinkSync("xtables-nft-multi", at(`usr/sbin/${name}`));
    }
    for (const file of readdirSync(at("usr/share/ufw")).filter((name) => /\.(rules|conf|init)$/.test(name)))
      copyFileSync(at(`usr/share/ufw/${file}`), at(`etc/ufw/${file}`));
  }
}

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DoctorCheck, DoctorReport } from "../../../src/domain/doctor.ts";
import { BrokenHost } from "./broken-host.ts";

let host: BrokenHost;
beforeEach(async () => {
  host = await BrokenHost.open();
});
afterEach(() => host.close());

const command = (check: DoctorCheck): string => check.command ?? `false # ${check.id} gave no command`;

describe("what the kernel of a host lacks, and what mends it", () => {
  it("no tun node", async () => {
    await host.sh("mount -t tmpfs none /dev/net");
    const broken = await host.check("tun");
    expect(broken).toMatchObject({
      status: "fail",
      message: expect.stringContaining("/dev/net/tun is not there"),
    });
    await host.sh(command(broken));
    expect(await host.check("tun")).toMatchObject({ status: "pass" });
  });

  it("something else where the tun node should be", async () => {
    await host.sh("mount -t tmpfs none /dev/net; echo no > /dev/net/tun");
    const broken = await host.check("tun");
    expect(broken).toMatchObject({
      status: "fail",
      message: expect.stringContaining("is not the kernel's tun"),
    });
    await host.sh(command(broken));
    expect(await host.check("tun")).toMatchObject({ status: "pass" });
  });

  it("a route into the range of the VMs", async () => {
    await host.sh(
      "ip tuntap add mode tap name office; ip addr add 172.30.5.1/24 dev office; ip link set office up",
    );
    const broken = await host.check("network");
    expect(broken.status).toBe("fail");
    expect(broken.message).toMatch(
      /172\.30\.0\.0\/16 overlaps 172\.30\.5\.\S+, which this host reaches by office/,
    );
    host.configure(/network_cidr = "[^"]+"/.exec(broken.next ?? "")?.[0] ?? "");
    expect(await host.check("network")).toMatchObject({ status: "pass" });
  });

  it("no forwarding", async () => {
    await host.sh("mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys");
    const broken = await host.check("forwarding");
    expect(broken).toMatchObject({ status: "warn", message: expect.stringContaining("nothing beyond") });
    await host.sh(command(broken));
    expect(await host.check("forwarding")).toMatchObject({ status: "pass" });
  });

  it("a firewall that lets nobody else add to it", async () => {
    const hold = path.join(host.directory, "hold");
    const table = "add table inet theirs { flags owner; }";
    const chain = "add chain inet theirs forward { type filter hook forward priority 0; policy drop; }";
    const there = "nft list tables | grep -q theirs";
    // A table with an owner is there as long as its program runs.
    await host.sh(`mkfifo ${hold}; (nft -i < ${hold} > /dev/null 2>&1 &)
      { echo '${table}'; echo '${chain}'; until ${there}; do sleep 0.1; done; exec sleep infinity; } > ${hold} 2> /dev/null &
      echo $! > ${hold}.pid; until ${there}; do sleep 0.1; done`);
    const broken = await host.check("firewall");
    expect(broken).toMatchObject({
      status: "warn",
      message: expect.stringContaining("inet theirs forward"),
    });
    await host.sh(`kill $(cat ${hold}.pid); while ${there}; do sleep 0.1; done`);
    expect(await host.check("firewall")).toMatchObject({ status: "pass" });
  });

  it("a cgroup that cannot be written", async (context) => {
    const before = await host.check("cgroup");
    if (before.status !== "pass") return context.skip(`no cgroup v2 to make read-only: ${before.message}`);
    const [directory] = /\/\S+?(?=:)/.exec(before.message) ?? [];
    await host.sh(`mount --bind ${directory} ${directory}; mount -o remount,bind,ro ${directory}`);
    const broken = await host.check("cgroup");
    expect(broken).toMatchObject({ status: "warn", message: expect.stringContaining("without limits") });
    await host.sh(command(broken));
    expect(await host.check("cgroup")).toMatchObject({ status: "pass" });
  });
});

describe("what is not installed", () => {
  it("no QEMU, or one that does not run", async () => {
    const qemu = (await host.sh("command -v qemu-system-x86_64")).trim();
    const bin = path.join(host.directory, "bin");
    await host.sh(`mkdir ${bin}; printf '#!/bin/sh\\nexit 1\\n' > ${bin}/broken; chmod +x ${bin}/broken`);
    const missing = await host.check("qemu", { PATH: bin });
    expect(missing).toMatchObject({ status: "fail", next: expect.stringContaining("set `qemu_bin`") });
    host.configure(`qemu_bin = "${bin}/broken"`);
    expect(await host.check("qemu")).toMatchObject({
      status: "fail",
      message: expect.stringContaining("does not run"),
    });
    host.configure(`qemu_bin = "${qemu}"`);
    expect(await host.check("qemu", { PATH: bin })).toMatchObject({
      status: "pass",
      message: expect.stringMatching(/version \d+\.\d+/),
    });
  });

  it("no mmdebstrap for images", async () => {
    const mmdebstrap = (await host.sh("command -v mmdebstrap")).trim();
    await host.sh(`mount --bind /dev/null ${mmdebstrap}`);
    const broken = await host.report();
    for (const id of ["image", "kernel"]) {
      expect(broken.get(id)).toMatchObject({ status: "fail", command: "apt-get install -y mmdebstrap" });
    }
    await host.sh(`umount ${mmdebstrap}`);
    const mended = await host.report();
    for (const id of ["image", "kernel"]) {
      expect(mended.get(id)).toMatchObject({
        status: "pass",
        message: expect.stringContaining("at first use"),
      });
    }
  });

  it("no native addon", async () => {
    const addon = path.resolve("build/native/banger.node");
    // Neither the one that was compiled here, nor one that was made for the package.
    const prebuilds = path.resolve("prebuilds");
    mkdirSync(prebuilds, { recursive: true });
    await host.sh(`mount --bind /dev/null ${addon} && mount -t tmpfs none ${prebuilds}`);
    const broken = await host.report();
    expect(broken.get("addon")?.status).toBe("fail");
    expect(broken.get("host")?.status).toBe("fail");
    await host.sh(`umount ${addon} ${prebuilds}`);
    expect(await host.check("addon")).toMatchObject({ status: "pass" });
  });

  it("no OpenSSH client", async () => {
    const bin = path.join(host.directory, "bin");
    mkdirSync(bin);
    const broken = await host.check("ssh", { PATH: bin });
    expect(broken).toMatchObject({ status: "warn", command: "apt-get install -y openssh-client" });
    await host.sh(`ln -s "$(command -v ssh)" ${bin}/ssh`);
    expect(await host.check("ssh", { PATH: bin })).toMatchObject({ status: "pass" });
  });
});

describe("doctor", () => {
  it("changes nothing: no directory, no daemon, no module", async () => {
    const modules = () => readFileSync("/proc/misc", "utf8");
    const before = modules();
    await host.report();
    expect(readdirSync(host.directory)).toEqual([]);
    expect(modules()).toBe(before);
  });

  it("ends with status 1 where something failed, and says what mends it", async () => {
    await host.sh("mount -t tmpfs none /dev/net");
    const broken = await host.banger("doctor");
    expect(broken.status).toBe(1);
    expect(broken.stdout).toMatch(/^fail {2}tun +\/dev\/net\/tun is not there: no VM can have a network$/m);
    const [, advice = "false"] = /^fail {2}tun .*\n +run: {2}(.*)$/m.exec(broken.stdout) ?? [];
    expect(broken.stdout).toMatch(/\n1 failed, \d+ to look at/);
    await host.sh(advice);
    const mended = await host.banger("doctor", "--json");
    expect(mended.status).toBe(0);
    expect((JSON.parse(mended.stdout) as DoctorReport).checks.map(({ status }) => status)).not.toContain(
      "fail",
    );
  });

  it("works for who is not root, and says what that means", async () => {
    await host.sh(`chmod 755 ${host.directory}`);
    const nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    const broken = await host.report({}, nobody);
    expect(broken.get("user")).toMatchObject({ status: "fail", command: "sudo banger doctor" });
    expect(broken.get("tun")?.status).toBe("fail");
    expect(broken.get("network")?.status).toBe("pass");
    expect(await host.check("user")).toMatchObject({ status: "pass" });
  });
});

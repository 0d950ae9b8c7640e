import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { access, mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildInitramfs } from "../../../src/images/index.ts";
import { assembled } from "./assembled.ts";

const AGENT = join(import.meta.dirname, "../../../build/agent/banger-agent");
const GIB = 1024 ** 3;

/** Runs in the guest when systemd has reached its target; its output and the power-off end the test. */
const PROBE = `#!/bin/sh
exec >/dev/ttyS0 2>&1
while [ "$(stat -f -c %b /)" -lt 1000000 ] || [ "$(stat -f -c %b /root)" -lt 1000000 ]; do sleep 0.1; done
systemctl is-system-running --wait >/dev/null
echo "kernel=$(uname -r)"
echo "state=$(systemctl is-system-running)"
echo "sshd=$(systemctl is-active ssh)"
echo "units=$(systemctl list-units --type=service --state=active,failed --plain --no-legend | cut -d' ' -f1 | tr '\\n' ,)"
echo "home=$(stat -c %a,%u /root) $(ls -A /root | tr '\\n' ,)"
echo "vim=$(vim --version | head -n 1)"
echo "virtio=$(ls /sys/bus/virtio/drivers | tr '\\n' ,)"
systemctl --no-wall --force poweroff
`;

let directory: string;
let image: string;
let kernel: string;
beforeAll(async () => {
  ({ image, kernel } = await assembled());
  directory = await mkdtemp(join(tmpdir(), "boot-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("the image boots with its kernel and modules, grows its disks and runs sshd, quietly", async (context) => {
  if (!(await readable(AGENT))) context.skip("build/agent/banger-agent is not built");
  if (!(await readable("/usr/bin/qemu-system-x86_64")))
    context.skip("qemu-system-x86_64 is not installed here");
  await prepare(image, kernel);
  const console = await runMachine(kernel, context.signal);
  const fact = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(console)?.[1]?.trim();
  expect(fact("kernel"), console).toMatch(/^6\.1\..*-cloud-amd64$/);
  expect(fact("state")).toBe("running");
  expect(fact("sshd")).toBe("active");
  expect(fact("units")).not.toMatch(/getty|networkd|logind|modprobe|sysusers|remount|random-seed/);
  expect(fact("home")).toMatch(/^755,0 .*\.bashrc,.*\.profile,/);
  expect(fact("vim")).toMatch(/^VIM - Vi IMproved/);
  for (const driver of ["virtio_blk", "virtio_console", "virtio_net", "virtio_rng"])
    expect(fact("virtio")).toContain(driver);
  const beforeProbe = console.slice(0, console.indexOf("kernel="));
  expect(beforeProbe.trim()).toBe("");
});

async function prepare(image: string, kernel: string): Promise<void> {
  for (const name of ["rootfs.ext4", "work-seed.ext4"]) {
    execFileSync("cp", ["--sparse=always", join(image, name), join(directory, name)]);
    await truncate(join(directory, name), 8 * GIB);
  }
  const output = join(directory, "initramfs");
  await buildInitramfs({ agentBinary: AGENT, modulesCpio: join(kernel, "modules.cpio"), output });
  const wants = "/etc/systemd/system/multi-user.target.wants/probe.service";
  const files = {
    "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "/etc/ssh/ssh_host_ed25519_key": await hostKey(),
    "/etc/systemd/system/probe.service": "[Service]\nType=idle\nExecStart=/usr/local/bin/probe\n",
    "/usr/local/bin/probe": PROBE,
  };
  const config = {
    protocol: 1,
    vmId: "probe",
    hostname: "probe",
    bootToken: "00".repeat(16),
    network: null,
    root: { grow: true, init: "/sbin/init" },
    work: { mount: "/root", grow: true },
    clock: { unixNanoseconds: String(BigInt(Date.now()) * 1_000_000n) },
    managed: [...Object.keys(files), wants],
    shutdownGraceSeconds: 10,
  };
  const tar = pack();
  tar.entry({ name: "banger/config.json" }, JSON.stringify(config));
  for (const [path, text] of Object.entries(files)) {
    tar.entry({ name: `files${path}`, mode: path.includes("bin/") ? 0o755 : 0o600 }, text);
  }
  tar.entry({ name: `files${wants}`, type: "symlink", linkname: "../probe.service" });
  tar.finalize();
  await pipeline(tar, createWriteStream(join(directory, "config.tar")));
}

async function hostKey(): Promise<string> {
  const path = join(directory, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
  return readFile(path, "utf8");
}

/** Boots in QEMU's software emulation, whatever the host has, until the guest powers off. Returns what its console said. */
async function runMachine(kernel: string, signal: AbortSignal): Promise<string> {
  const cpuinfo = await readFile("/proc/cpuinfo", "utf8");
  const khz = Math.round(Number(/^cpu MHz\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? 2000) * 1000);
  const disks = [
    ["root", "rootfs.ext4", "read-only=off,discard=unmap"],
    ["work", "work-seed.ext4", "read-only=off,discard=unmap"],
    ["config", "config.tar", "read-only=on"],
  ].flatMap(([id, file, access]) => [
    ...[
      "-blockdev",
      `driver=raw,node-name=${id},${access},file.driver=file,file.filename=${join(directory, file as string)}`,
    ],
    ...["-device", `virtio-blk-device,drive=${id},serial=banger-${id}`],
  ]);
  const child = spawn(
    "qemu-system-x86_64",
    [
      ...[
        "-M",
        "microvm,acpi=on,rtc=on,isa-serial=on,pit=off,pic=off,pcie=off,usb=off,auto-kernel-cmdline=off,x-option-roms=off",
      ],
      ...[
        "-accel",
        "tcg",
        "-cpu",
        "max",
        "-m",
        "1024",
        "-smp",
        "1",
        "-nodefaults",
        "-no-user-config",
        "-display",
        "none",
      ],
      ...["-no-reboot", "-kernel", join(kernel, "vmlinux"), "-initrd", join(directory, "initramfs")],
      ...[
        "-append",
        `console=ttyS0 quiet loglevel=3 panic=-1 reboot=t rdinit=/init tsc=reliable tsc_early_khz=${khz}`,
      ],
      ...["-serial", "stdio", "-device", "virtio-serial-device"],
      ...["-chardev", "null,id=agent", "-device", "virtserialport,chardev=agent,name=banger.agent"],
      ...[
        "-device",
        "virtio-net-device",
        "-object",
        "rng-builtin,id=rng",
        "-device",
        "virtio-rng-device,rng=rng",
      ],
      ...disks,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  const output = Promise.all([buffer(child.stdout), buffer(child.stderr)]);
  try {
    await once(child, "exit");
  } finally {
    child.kill("SIGKILL");
  }
  const [stdout, stderr] = await output;
  return `${stdout.toString()}${stderr.toString().replace(/^qemu-system-x86_64: warning:.*\n/gm, "")}`;
}

async function readable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

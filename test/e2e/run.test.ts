import { randomBytes } from "node:crypto";
import { release } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amount } from "../support/amount.ts";
import type { Inventory } from "./support/inventory.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let before: Inventory;
let name: string;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  await sandbox.ok("daemon", "start");
  before = await sandbox.inventory();
  name = (await sandbox.ok("vm", "create", "--name", "runner", "--memory", "512M")).trim();
});

afterAll(async () => {
  await sandbox.ok("vm", "rm", "-f", "runner");
  const after = await sandbox.inventory();
  await sandbox.close();
  expect({ ...after, addresses: before.addresses, links: before.links }).toEqual(before);
});

const exec = (...args: string[]) => sandbox.run(["vm", "exec", ...args]);

describe("vm run (RUN-1, RUN-2, RUN-4)", () => {
  it("runs a command in another kernel, passes on its status, and deletes the VM", async () => {
    const done = await sandbox.run([
      "vm",
      "run",
      "--rm",
      "--memory",
      "512M",
      "--",
      "sh",
      "-c",
      "uname -r; exit 7",
    ]);
    expect(done.status).toBe(7);
    expect(done.stdout.toString().trim()).not.toBe(release());
    expect(done.stdout.toString()).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
    const all = await sandbox.json<{ name: string }[]>("vm", "list", "--all");
    expect(all.map((vm) => vm.name)).toEqual(["runner"]);
  });

  it("has the usual names of descriptors from its first command on", async () => {
    const script =
      "echo out > /dev/stdout; echo err > /dev/stderr; diff <(echo 1) <(echo 1) && ls -d /run/lock";
    const done = await sandbox.run([
      "vm",
      "run",
      "-q",
      "--rm",
      "--memory",
      "512M",
      "--",
      "bash",
      "-c",
      script,
    ]);
    expect([done.status, done.stdout.toString(), done.stderr]).toEqual([0, "out\n/run/lock\n", "err\n"]);
  });

  it("says the spec and which VMM and why, on stderr only", async () => {
    const done = await sandbox.run([
      "vm",
      "run",
      "--rm",
      "--memory",
      "512M",
      "--vcpu",
      "1",
      "--disk-size",
      "2G",
      "--",
      "true",
    ]);
    expect(done.status).toBe(0);
    expect(done.stdout.toString()).toBe("");
    expect(done.stderr).toContain("spec: 1 vcpu · 512 MiB · 2G disk");
    expect(done.stderr).toMatch(/vmm: (qemu|firecracker) with (KVM|software emulation) \(.+\)/);
  });
});

describe("vm exec in a running VM", () => {
  it("prints the new VM's name", () => {
    expect(name).toBe("runner");
  });

  it.each([
    ["exit 0", 0],
    ["exit 7", 7],
    ["exit 255", 255],
    ["kill -9 $$", 137],
    ["kill -TERM $$", 143],
  ])("sh -c '%s' ends with %i", async (script, status) => {
    const done = await exec("runner", "--", "sh", "-c", script);
    expect(done.status, done.stderr).toBe(status);
  });

  it("keeps stdout and stderr apart", async () => {
    const done = await exec("runner", "--", "sh", "-c", "echo out; echo err >&2; echo out2");
    expect(done.stdout.toString()).toBe("out\nout2\n");
    expect(done.stderr).toBe("err\n");
  });

  it("says that a program is missing and ends with 127; not executable is 126", async () => {
    const missing = await exec("runner", "--", "no-such-program");
    expect(missing.status).toBe(127);
    expect(missing.stderr).toContain("no-such-program");
    expect((await exec("runner", "--", "/etc/hostname")).status).toBe(126);
  });

  // Many pages of each buffer on the way; in the lab each byte costs several times as much.
  const mebibytes = process.env.BANGER_LAB === "1" ? amount(16, 64) : 64;
  it(`brings ${mebibytes} MiB of random bytes back byte for byte, with stdin half-closed`, async () => {
    const bytes = randomBytes(mebibytes * 2 ** 20);
    const done = await sandbox.run(["vm", "exec", "runner", "--", "cat"], { input: bytes });
    expect(done.status).toBe(0);
    expect(done.stdout.equals(bytes)).toBe(true);
  });

  it("does with --env, --workdir and --user what Docker does", async () => {
    const done = await sandbox.run(
      [
        "vm",
        "exec",
        "-e",
        "A=1 2",
        "-e",
        "FROM_HOST",
        "-w",
        "/usr",
        "-u",
        "nobody",
        "runner",
        "--",
        "sh",
        "-c",
        'echo "$A:$FROM_HOST:$PWD:$(id -un)"',
      ],
      { env: { FROM_HOST: "here" } },
    );
    expect(done.stdout.toString()).toBe("1 2:here:/usr:nobody\n");
    const byNumber = await exec("-u", "1234:5678", "runner", "--", "id");
    expect(byNumber.stdout.toString()).toContain("uid=1234 gid=5678");
    expect((await exec("-u", "nosuchuser", "runner", "--", "id")).status).not.toBe(0);
    expect((await exec("-w", "/nowhere", "runner", "--", "id")).stderr).toContain("/nowhere");
  });

  it("is root in /root by default, with the guest's own hostname and address", async () => {
    const done = await exec(
      "runner",
      "--",
      "sh",
      "-c",
      "id -u; pwd; hostname; ip -4 -o addr show scope global",
    );
    const [uid, directory, hostname, address] = done.stdout.toString().split("\n");
    expect([uid, directory, hostname]).toEqual(["0", "/root", "runner"]);
    const show = await sandbox.json<{ address: string }>("vm", "show", "runner");
    expect(address).toContain(`${show.address}/32`);
  });

  it("ends a command at --timeout", async () => {
    const done = await sandbox.run(["vm", "exec", "--timeout", "1s", "runner", "--", "sleep", "1000"]);
    expect(done.status).toBe(124);
    // On a slow host the client may have given up before the command has ended: its end is waited for, bounded by a timeout again.
    const gone = "while pgrep -f '[s]leep 1000'; do sleep 0.1; done";
    expect((await exec("--timeout", "5m", "runner", "--", "sh", "-c", gone)).status).toBe(0);
  });

  it("has a work disk of the asked size at /root, and the image's own init", async () => {
    const done = await exec(
      "runner",
      "--wait",
      "system",
      "--",
      "sh",
      "-c",
      "findmnt -no FSTYPE /root; cat /proc/1/comm; systemctl is-active ssh sshd.socket ssh.socket || true",
    );
    expect(done.stdout.toString()).toMatch(/^ext4\nsystemd\n/);
  });
});

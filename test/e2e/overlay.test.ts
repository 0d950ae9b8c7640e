import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageFile } from "./support/image-file.ts";
import { eventually } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let before: string;

beforeAll(async () => {
  sandbox = await Sandbox.open({ config: 'storage = "overlay"\n' });
  before = await imageState();
  const made = ["one", "two"].map((name) => sandbox.ok("vm", "create", "--name", name, "--memory", "512M"));
  await Promise.all(made);
});

afterAll(() => sandbox.close());

/** The image's file, bit for bit. */
async function imageState(): Promise<string> {
  const rootfs = imageFile(sandbox);
  const hash = createHash("sha256");
  await pipeline(createReadStream(rootfs), hash);
  return `${hash.digest("hex")} ${statSync(rootfs).mtimeMs}`;
}

const exec = (vm: string, script: string) => sandbox.run(["vm", "exec", vm, "--", "sh", "-c", script]);

const sh = async (vm: string, script: string) => {
  const done = await exec(vm, `set -e\n${script}`);
  if (done.status !== 0) throw new Error(`${script}: ${done.status} ${done.stdout}${done.stderr}`);
  return done.stdout.toString().trim();
};

const stateOf = async (vm: string) => (await sandbox.json<{ state: string }>("vm", "show", vm)).state;

const crash = async (vm: string) => {
  await exec(vm, "echo c > /proc/sysrq-trigger");
  await eventually(async () => (await stateOf(vm)) === "stopped", "the panic is noticed");
};

describe("the root of an overlay VM (DSK-2)", () => {
  it("is an overlay whose parts are nowhere else, on a disk that the guest cannot write to", async () => {
    expect(await sh("one", "findmnt -no FSTYPE /")).toBe("overlay");
    expect(await sh("one", "cat /sys/block/vda/ro")).toBe("1");
    expect((await exec("one", "echo x > /dev/vda")).status).not.toBe(0);
    expect((await exec("one", "dd if=/dev/zero of=/dev/vda bs=4k count=1 conv=fsync")).status).not.toBe(0);
    expect(await sh("one", "ls -d /lower /upper 2>/dev/null || echo none")).toBe("none");
    const mounts = (await sh("one", "findmnt -rno TARGET -t ext4")).split("\n").sort();
    expect(mounts).toEqual(["/root", "/var/lib/containerd", "/var/lib/containers", "/var/lib/docker"]);
    // What the guest has room for is the upper disk's, grown after the start to 8 GiB.
    await eventually(async () => Number(await sh("one", "stat -f -c %b /")) > 1_900_000, "the room is there");
  });

  it("behaves like a filesystem: rename, links, owners, attributes, deletion", async () => {
    const script = `
      # a directory of the image is renamed by rename(2) itself, not copied
      perl -e 'rename("/usr/share/perl5", "/usr/share/moved") or die "$!\\n"'
      test ! -e /usr/share/perl5; test -d /usr/share/moved/Debconf
      mv /usr/share/moved /usr/share/perl5
      # a hard link of the image stays one file when it is written to, and a file keeps its inode number
      test "$(stat -c %h /usr/bin/perl)" = 2
      inode=$(stat -c %i /usr/bin/perl)
      touch /usr/bin/perl
      test "$(find /usr/bin -inum $inode | wc -l)" = 2; test "$(stat -c %i /usr/bin/perl)" = $inode
      ln /etc/debian_version /etc/linked; echo more >> /etc/linked
      test "$(tail -n 1 /etc/debian_version)" = more
      test "$(stat -c %d /etc/debian_version)" = "$(stat -c %d /bin/true)"
      chown 12:34 /etc/issue; chmod 600 /etc/issue
      perl -e 'my ($f, $n, $v) = ("/etc/issue", "user.banger", "kept"); syscall(188, $f, $n, $v, 4, 0) == 0 or die "$!\\n"'
      # what is deleted stays deleted, and a directory made again is empty
      rm /etc/issue.net; test ! -e /etc/issue.net
      rm -r /usr/share/vim; mkdir /usr/share/vim; test -z "$(ls -A /usr/share/vim)"
      ln -s /etc/issue /opt/link; mkfifo /opt/fifo; mknod /opt/null c 1 3
      echo written > /opt/file; sync`;
    await sh("one", script);
  });

  it("keeps it all over a stop, a kill and a panic, each with a journal to replay", async () => {
    const check = `
      test "$(stat -c %u:%g:%a /etc/issue)" = 12:34:600
      perl -e 'my ($f, $n, $b) = ("/etc/issue", "user.banger", "...."); syscall(191, $f, $n, $b, 4) == 4 && $b eq "kept" or die "$!\\n"'
      test "$(tail -n 1 /etc/debian_version)" = more
      test "$(stat -c %h /usr/bin/perl)" = 2
      test -d /usr/share/perl5/Debconf; test ! -e /usr/share/moved; test ! -e /etc/issue.net
      test -z "$(ls -A /usr/share/vim)"
      test -p /opt/fifo; test -c /opt/null; test "$(readlink /opt/link)" = /etc/issue
      cat /opt/file`;
    const ends: [string, () => Promise<unknown>][] = [
      ["stop", () => sandbox.ok("vm", "stop", "one")],
      ["kill", () => sandbox.ok("vm", "kill", "one")],
      ["panic", () => crash("one")],
    ];
    let expected = "written";
    for (const [how, end] of ends) {
      await end();
      await sandbox.ok("vm", "start", "one");
      expect([how, await sh("one", check)]).toEqual([how, expected]);
      expected = `after ${how}`;
      await sh("one", `echo ${expected} > /opt/file; sync`);
    }
    expect(await sandbox.ok("vm", "logs", "one")).not.toMatch(
      /banger-init|EXT4-fs (error|warning)|I\/O error/,
    );
  });

  it("is fine by systemd, up to the end", async () => {
    const systemctl = ["vm", "exec", "one", "--wait", "system", "--", "systemctl"];
    expect(await sandbox.ok(...systemctl, "is-system-running", "--wait")).toBe("running\n");
    expect(await sh("one", "systemctl --failed --no-legend --plain")).toBe("");
    await sandbox.ok("vm", "stop", "one");
    expect(await sandbox.ok("vm", "logs", "one")).not.toMatch(/Failed|failed/);
  });

  it("is one VM's own: the other sees the image as it was", async () => {
    await sh("two", "test -d /usr/share/perl5; test -s /etc/issue.net; test ! -e /opt/file");
    expect(await sh("two", "stat -c %u:%a /etc/issue")).toBe("0:644");
  });

  it("leaves container engines a place without an overlay below (an overlay mount works there)", async () => {
    for (const name of ["docker", "containerd", "containers"]) {
      const place = `/var/lib/${name}`;
      expect(await sh("two", `findmnt -no FSTYPE,FSROOT ${place}`)).toMatch(new RegExp(`^ext4\\s+/${name}$`));
      const mount = (at: string) =>
        `mkdir -p ${at}/l ${at}/u ${at}/w ${at}/m
         mount -t overlay overlay -o lowerdir=${at}/l,upperdir=${at}/u,workdir=${at}/w ${at}/m
         echo layer > ${at}/m/f; umount ${at}/m; cat ${at}/u/f`;
      expect(await sh("two", mount(`${place}/t`))).toBe("layer");
      // Without it they would be where this fails.
      expect((await exec("two", `set -e; ${mount("/opt/t")}`)).status).not.toBe(0);
    }
    await sh("two", "echo kept > /var/lib/docker/volume; sync");
    await crash("two");
    await sandbox.ok("vm", "start", "two");
    expect(await sh("two", "cat /var/lib/docker/volume")).toBe("kept");
  });
});

describe("an upper disk", () => {
  it("that is full is the guest's trouble alone", async () => {
    await sandbox.ok("vm", "create", "--name", "full", "--memory", "512M", "--system-overlay-size", "512M");
    const fill = "rm -f /opt/fill; fallocate -l 380M /opt/fill; head -c 200M /dev/zero >> /opt/fill";
    const filled = await exec("full", fill);
    expect(filled.stderr).toContain("No space left on device");
    expect((await exec("full", "head -c 1M /dev/zero > /opt/more && sync /opt/more")).status).not.toBe(0);
    expect(await sh("full", "rm /opt/fill; echo again > /opt/again; cat /opt/again")).toBe("again");
    await exec("full", fill);
    await sandbox.ok("vm", "stop", "full");
    await sandbox.ok("vm", "start", "full");
    expect(await sh("full", "echo up")).toBe("up");
    await sandbox.ok("vm", "rm", "-f", "full");
  });

  it("that its guest has overwritten ends the boot with a clear line, and touches nothing else", async () => {
    const upper = await sh("two", "findmnt -no SOURCE /var/lib/docker | cut -d'[' -f1");
    const daemon = await sandbox.daemonPid();
    // Past the guest's own cache, and ended before its filesystem writes what it still has in memory.
    const garbage = `dd if=/dev/urandom of=${upper} bs=1M count=16 oflag=direct`;
    await exec("two", `${garbage}; echo c > /proc/sysrq-trigger`);
    await eventually(async () => (await stateOf("two")) === "stopped", "the panic is noticed");
    const start = await sandbox.run(["vm", "start", "two"]);
    expect(start.status).not.toBe(0);
    expect(start.stderr).toContain("banger vm logs two");
    expect(await sandbox.ok("vm", "logs", "two")).toMatch(
      /banger-init: root disk: the disk with this VM's changes to the root cannot be used: mount \/dev\/vd.: /,
    );
    expect(await sandbox.daemonPid()).toBe(daemon);
    await eventually(async () => (await stateOf("two")) === "stopped", "the power-off is noticed");
    await sandbox.ok("vm", "rm", "two");
  });

  it("has kept every change away from the image, bit for bit", async () => {
    await sandbox.ok("vm", "start", "one");
    expect(await sh("one", "cat /opt/file")).toBe("after panic");
    await sandbox.ok("vm", "rm", "-f", "one");
    expect(await imageState()).toBe(before);
    expect((await sandbox.inventory()).vms).toEqual([]);
  });
});

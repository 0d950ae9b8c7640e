import { mkdir, rm, statfs } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Inventory } from "./support/inventory.ts";
import { eventually, type Finished, mustRun, Running } from "./support/run.ts";
import { CLI, Sandbox } from "./support/sandbox.ts";

const OURS = ["beta", "beta-sandbox", "bengal"];

let sandbox: Sandbox;
let before: Inventory;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  for (const name of OURS) await sandbox.ok("vm", "create", "--name", name, "--no-start");
  before = await sandbox.inventory();
});

afterEach(async () => {
  try {
    await eventually(
      async () => (await sandbox.inventory()).vms.length === before.vms.length,
      "what was made is undone",
    );
    const { processes: _, ...after } = await sandbox.inventory();
    const { processes: __, ...expected } = before;
    expect(after).toEqual(expected);
  } finally {
    // A bad word that made a VM after all is one test's failure, not that of all that follow.
    const there = await sandbox.json<{ name: string }[]>("vm", "list", "--all");
    for (const { name } of there) if (!OURS.includes(name)) await sandbox.run(["vm", "rm", "--force", name]);
  }
});

afterAll(() => sandbox.close());

/** One sentence, then the next step, nothing else; and a status that is not 0. */
function expectAdvice(done: Finished, sentence: RegExp, next: RegExp): void {
  expect(done.status).not.toBe(0);
  expect(done.stdout.toString()).toBe("");
  const lines = done.stderr.trim().split("\n");
  const at = lines.findIndex((line) => line.startsWith("banger: "));
  expect(lines[at], done.stderr).toMatch(sentence);
  expect(lines.slice(at + 1).join("\n"), done.stderr).toMatch(next);
  expect(done.stderr).not.toMatch(/\bat .*\.(ts|js):\d+/);
}

const create = ["vm", "create"];

describe("bad input: one sentence and the next step, nothing left", () => {
  it.each<[string, string[], RegExp, RegExp]>([
    ["unknown image", [...create, "--image", "debian-bokworm"], /debian-bokworm/, /debian-bookworm/],
    ["unknown VM", ["vm", "show", "bengle"], /bengle/, /bengal/],
    ["ambiguous prefix", ["vm", "start", "be"], /beta.*beta-sandbox.*bengal/, /name|id/],
    ["no memory", [...create, "--memory", "0"], /0/, /512M|2G|unit/],
    ["memory that is no size", [...create, "--memory", "12x"], /12x/, /512M|2G|unit/],
    ["negative vcpu", [...create, "--vcpu", "-1"], /-1.*whole number/, /--vcpu 2/],
    ["fractional vcpu", [...create, "--vcpu", "1.5"], /1\.5.*whole number/, /--vcpu 2/],
    ["more CPUs than the host has", [...create, "--vcpu", "4096"], /4096/, /1 to \d+/],
    ["more memory than the host has", [...create, "--memory", "1000T"], /memory/, /MiB/],
    ["work disk below the seed", [...create, "--disk-size", "1M"], /1M/, /at least/],
    ["a network that there is not", [...create, "--net", "internet"], /internet/, /--net public/],
    ["two networks", [...create, "--net", "none", "--nat"], /contradict/, /give one/],
    ["a peer that there is not", [...create, "--peer", "bengle"], /bengle/, /bengal/],
    ["a bad name", [...create, "--name", "No_Good"], /No_Good/, /letters|a-z|label/],
    ["a name that is taken", [...create, "--name", "beta"], /beta/, /another name/],
    ["a VM that does not run", ["vm", "exec", "beta", "--", "true"], /not running/, /vm start beta/],
    ["kill of a VM that does not run", ["vm", "kill", "beta"], /not running/, /vm start beta/],
    ["an unknown command", ["vm", "crate"], /crate/, /create/],
    ["an unknown option", [...create, "--memroy", "1G"], /memroy/, /memory/],
    ["a workspace that is no checkout", ["vm", "run", "/proc"], /\/proc.*git|git.*\/proc/i, /./],
    ["a published port that is none", ["vm", "run", "-p", "80:http"], /"http" is no port/, /-p 8080:80/],
    ["a port twice", [...create, "-p", "8080:80", "-p", "8080:81"], /twice.*8080/, /another port/],
    ["a port at no IP address", [...create, "-p", "web:80:80"], /"web" is no IP address/, /-p 0\.0\.0\.0/],
    ["a port at another's address", [...create, "-p", "192.0.2.1:80:80"], /192\.0\.2\.1/, /127\.0\.0\.1/],
    [
      "a port of a VM without a network",
      [...create, "--net", "none", "-p", "80"],
      /--net none/,
      /--net public/,
    ],
    ["ranges of unlike length", [...create, "-p", "8000-8010:80"], /as many ports/, /8000-8010:8000/],
    ["a port to take back that is none", ["vm", "set", "--unpublish", "80:81", "beta"], /"80"/, /8080/],
    ["a port that is not published", ["vm", "set", "--unpublish", "80", "beta"], /beta.*80/, /vm ports beta/],
  ])("%s", async (_, args, sentence, next) => {
    expectAdvice(await sandbox.run(args), sentence, next);
  });

  it("an unknown key in config.toml: named with file, key and the nearest one", async () => {
    const other = await Sandbox.open({ empty: true, config: 'netwrk_cidr = "10.0.0.0/8"\n' });
    try {
      expectAdvice(
        await other.run(["vm", "list"]),
        /config\.toml.*netwrk_cidr.*network_cidr/,
        /config\.toml/,
      );
      // The daemon that said so is on its way out.
      await expect.poll(async () => (await other.inventory()).processes, { timeout: 10_000 }).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it("a network range that is taken", async () => {
    await mustRun("ip", ["-n", sandbox.netns, "link", "add", "name", "taken", "type", "bridge"]);
    await mustRun("ip", ["-n", sandbox.netns, "addr", "add", "172.30.7.1/24", "dev", "taken"]);
    await mustRun("ip", ["-n", sandbox.netns, "link", "set", "taken", "up"]);
    try {
      expectAdvice(
        await sandbox.run(create),
        /172\.30\.0\.0\/16.*172\.30\.7/,
        /network_cidr = "172\.\d+\.0\.0\/16"/,
      );
    } finally {
      await mustRun("ip", ["-n", sandbox.netns, "link", "del", "taken"]);
    }
  });

  it("no QEMU", async () => {
    const other = await Sandbox.open({ config: 'qemu_bin = "/nowhere/qemu-system-x86_64"\n' });
    try {
      expectAdvice(await other.run(create), /nowhere.*qemu|qemu.*nowhere/i, /qemu-system-x86|qemu_bin/);
    } finally {
      await other.close();
    }
  });

  it("no /dev/net/tun", async () => {
    const other = await Sandbox.open();
    try {
      // A mount namespace without the node, for the daemon alone.
      const script = 'mount -t tmpfs none /dev/net && exec "$@"';
      const done = await new Running(
        "nsenter",
        [`--net=/run/netns/${other.netns}`, "unshare", "--mount", "sh", "-c", script, "sh", CLI, ...create],
        { env: other.env, input: "" },
      ).finished;
      expectAdvice(done, /\/dev\/net\/tun/, /modprobe tun/);
    } finally {
      await other.close();
    }
  });

  it("not root", async () => {
    const other = await Sandbox.open({ empty: true });
    try {
      await mustRun("chmod", ["-R", "a+rwX", other.directory]);
      const done = await new Running(
        "setpriv",
        ["--reuid=65534", "--regid=65534", "--clear-groups", CLI, "vm", "list"],
        { env: { ...other.env, BANGER_RUNTIME_DIR: path.join(other.directory, "run") }, input: "" },
      ).finished;
      expectAdvice(done, /root/, /sudo/);
    } finally {
      await other.close();
    }
  });

  // A copy takes the image's data; an overlay next to nothing, so only a disk that is all but full stops it.
  it.each([
    ["copy", [0, 8, 100, 150]],
    ["overlay", [0, 8, 40]],
  ] as const)("no space left, at whichever write of %s: said, and nothing is left", async (storage, free) => {
    const mount = path.join(sandbox.directory, `small-${storage}`);
    await mkdir(mount);
    await mustRun("mount", ["-t", "tmpfs", "-o", "size=700m", "none", mount]);
    try {
      const other = await Sandbox.open({ parent: mount, config: `storage = "${storage}"\n` });
      const empty = await other.inventory();
      try {
        for (const leaveMib of free) {
          const { bavail, bsize } = await statfs(mount);
          const filler = path.join(mount, "filler");
          await mustRun("fallocate", ["-l", String(bavail * bsize - leaveMib * 2 ** 20), filler]);
          expectAdvice(await other.run(create), /free|space/, /space|delete/);
          await rm(filler);
          expect((await other.inventory()).vms).toEqual(empty.vms);
        }
      } finally {
        await other.close();
      }
    } finally {
      await mustRun("umount", [mount]);
    }
  });
});

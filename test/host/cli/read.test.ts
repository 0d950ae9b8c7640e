import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Handlers } from "../../../src/rpc/json-rpc.ts";
import { Cli, runCli } from "./support/cli.ts";
import { FakeDaemon, VM } from "./support/daemon.ts";

const IMAGE = {
  name: "debian-bookworm",
  id: "ffff456789abcdef0123456789abcdef",
  kernel: "debian-cloud",
  local: true,
  rootfsBytes: 600 * 2 ** 20,
  createdAt: "2026-01-01T00:00:00.000Z",
  description: "Debian 12",
};
const KERNEL = {
  name: "debian-cloud",
  local: true,
  version: "6.1.0-13-cloud-amd64",
  distro: "debian",
  importedAt: "2026-01-01T00:00:00.000Z",
  sha256: "aa".repeat(32),
};
const DETAILS = {
  ...VM,
  atNextStart: null,
  overlaySizeBytes: 8 * 2 ** 30,
  vmm: "qemu",
  storage: "reflink",
  accelerator: "tcg",
  autoRemove: false,
  published: [
    {
      ...{ protocol: "tcp" as const, hostAddress: "127.0.0.1", hostPort: 8080, guestPort: 80 },
      ...{ endpoint: "127.0.0.1:8080", open: true, problem: null },
    },
  ],
  mac: "02:62:67:00:00:01",
  pid: 4242,
  tap: "bgr1",
  directory: "/state/vms/x",
  consoleLog: "/state/vms/x/console.log",
  vmmLog: "/state/vms/x/vmm.log",
  guest: { init: "running", uptimeSeconds: 61.5, agentBuild: "1+a" },
  rootDisk: { name: "root", usedBytes: 9, totalBytes: 10, invalid: false, note: "90 % is used" },
};

const handlers: Partial<Handlers> = {
  "vm.show": async () => DETAILS,
  "image.list": async () => ({ images: [IMAGE] }),
  "image.show": async () => ({ ...IMAGE, manifest: { suite: "bookworm" } }),
  "kernel.list": async () => ({ kernels: [KERNEL] }),
  "kernel.show": async () => ({ ...KERNEL, manifest: null }),
};

let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.open({ handlers });
  daemon.vms.set(VM.id, VM);
});
afterEach(() => daemon[Symbol.asyncDispose]());

const banger = (...args: string[]) => runCli(args, { env: daemon.env });

describe("reading (VM-1)", () => {
  it.each([[["vm", "list"]], [["vm", "ls"]], [["vm", "ps"]], [["ps"]]])("%j is a table", async (args) => {
    const done = await banger(...args);
    expect(done.status).toBe(0);
    expect(done.text.split("\n")[0]).toBe(
      "NAME         ID            STATE    IMAGE            VCPU  MEMORY  ADDRESS     CREATED",
    );
    expect(done.text).toContain(
      "brave-otter  0123456789ab  running  debian-bookworm  2     2 GiB   172.30.0.2",
    );
    expect(done.text).not.toContain("\u001b");
  });

  it("passes --all and --latest on, and --quiet prints full ids", async () => {
    await banger("vm", "list", "--all");
    await banger("vm", "list", "-l");
    const quiet = await banger("vm", "list", "-aq");
    expect(daemon.paramsOf("vm.list")).toEqual([{ all: true }, { latest: true }, { all: true }]);
    expect(quiet.text).toBe(`${VM.id}\n`);
  });

  it.each([
    [["vm", "list", "--json"], [VM]],
    [["vm", "show", "brave-otter", "--json"], DETAILS],
    [["image", "list", "--json"], [IMAGE]],
    [["image", "show", "debian-bookworm", "--json"], { ...IMAGE, manifest: { suite: "bookworm" } }],
    [["kernel", "ls", "--json"], [KERNEL]],
    [["kernel", "show", "debian-cloud", "--json"], { ...KERNEL, manifest: null }],
  ])("%j", async (args, expected) => {
    const done = await banger(...args);
    expect(JSON.parse(done.text)).toEqual(expected);
    expect(done.stderr).toBe("");
  });

  it("vm show, image show and kernel list for a person", async () => {
    expect((await banger("vm", "show", "x")).text).toContain(
      "guest:                init running, up 61 seconds\n",
    );
    expect((await banger("vm", "show", "x")).text).toContain(
      "network:              public\npeers:                db\nports:                127.0.0.1:8080 -> 80/tcp\n",
    );
    expect((await banger("image", "show", "x")).text).toContain(
      'manifest:\n  {\n    "suite": "bookworm"\n  }\n',
    );
    expect((await banger("kernel", "list")).text).toContain("debian-cloud  6.1.0-13-cloud-amd64  debian");
  });

  it("vm logs are the console's bytes", async () => {
    expect((await banger("vm", "logs", "brave-otter")).text).toBe("console of a test\n");
    const unknown = await banger("vm", "logs", "nope");
    expect(unknown).toMatchObject({ status: 1, stderr: 'banger: there is no VM "nope"\n  look again\n' });
  });

  it("a reader that goes away is 141 without a word", async () => {
    const cli = new Cli(["vm", "list", "--json"], { env: daemon.env });
    cli.child.stdout?.destroy();
    const done = await cli.finished;
    expect([done.status, done.stderr]).toEqual([141, ""]);
  });
});

describe("several VMs (VM-3)", () => {
  it("names what worked on stdout, what failed on stderr, and fails as a whole", async () => {
    const done = await banger("vm", "stop", "nope", "brave-otter");
    expect(done.status).toBe(1);
    expect(done.text).toBe("brave-otter\n");
    expect(done.stderr).toBe('banger: there is no VM "nope"\n  look again\n');
    expect(daemon.paramsOf("vm.stop")).toEqual([{ refs: ["nope", "brave-otter"] }]);
  });

  it("--timeout of stop, in a unit or in seconds as Docker's", async () => {
    await banger("vm", "stop", "-t", "10", "brave-otter");
    await banger("vm", "restart", "--timeout=1m30s", "brave-otter");
    await banger("vm", "stop", "-t0", "brave-otter");
    expect(daemon.paramsOf("vm.stop")).toMatchObject([{ timeoutMs: 10_000 }, { timeoutMs: 0 }]);
    expect(daemon.paramsOf("vm.restart")).toMatchObject([{ timeoutMs: 90_000 }]);
  });

  it("rm -f, kill and start", async () => {
    expect((await banger("vm", "start", "brave-otter", "-q")).text).toBe(`${VM.id}\n`);
    expect((await banger("vm", "kill", "brave-otter")).status).toBe(0);
    expect(JSON.parse((await banger("vm", "rm", "-f", "brave-otter", "--json")).text)).toEqual([
      { ref: "brave-otter", id: VM.id, name: VM.name, error: null },
    ]);
    expect(daemon.vms.size).toBe(0);
  });
});

describe("vm create", () => {
  it("prints the name; quiet, the id; as JSON, both", async () => {
    expect((await banger("vm", "create", "--name", "web")).text).toBe("web\n");
    expect((await banger("vm", "create", "-q")).text).toBe(`${VM.id}\n`);
    expect(JSON.parse((await banger("vm", "create", "--json", "--no-start")).text)).toEqual({
      id: VM.id,
      name: VM.name,
      address: VM.address,
    });
    expect(daemon.paramsOf("vm.create")).toEqual([{ name: "web" }, {}, { noStart: true }]);
  });
});

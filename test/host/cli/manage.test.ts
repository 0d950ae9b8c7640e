import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OperationSummary, VmHealth, VmStats } from "../../../src/rpc/contract.ts";
import type { Handlers } from "../../../src/rpc/json-rpc.ts";
import { Cli, runCli } from "./support/cli.ts";
import { FakeDaemon, VM } from "./support/daemon.ts";

const GIB = 2 ** 30;
const STATS: VmStats = {
  ...{ id: VM.id, name: VM.name, state: "running", cpuPercent: 1.5, uptimeSeconds: 61 },
  ...{ memoryBytes: GIB, memoryLimitBytes: 2 * GIB, network: { receivedBytes: 1, sentBytes: 2 } },
  disks: [{ name: "root", usedBytes: 1, totalBytes: GIB, invalid: true, note: "its changes are lost" }],
};
const MISSING = { ref: "nope", error: { code: "ERR_VM_NOT_FOUND", message: 'there is no VM "nope"' } };
const HEALTHY: VmHealth = {
  ...{ id: VM.id, name: VM.name, state: "running", status: "healthy", vmmAlive: true },
  agent: {
    build: { version: "1", commit: "a", time: "" },
    ...{ protocol: 1, uptimeSeconds: 61, bootId: "b-1", init: "running" },
  },
  ...{ problem: null, next: null },
};
const OPERATION: OperationSummary = {
  ...{ id: VM.id, kind: "vm.create", subject: "web", state: "running", stages: ["guest"] },
  ...{ startedAt: VM.createdAt, endedAt: null, error: null },
};

let daemon: FakeDaemon;
let frames: VmStats[][];
let health: VmHealth;

const handlers: Partial<Handlers> = {
  "vm.stats": async ({ refs }) => ({
    ...{ stats: frames.shift() ?? [], intervalMs: 10 },
    missing: refs?.includes("nope") === true ? [MISSING] : [],
  }),
  "vm.health": async ({ refs }) => ({
    results: refs.map((ref) =>
      ref === "nope" ? { ...MISSING, health: null } : { ref, health, error: null },
    ),
  }),
  "vm.set": async () => {
    throw new Error("nothing in this file sets anything");
  },
  "operation.list": async () => ({ operations: [OPERATION] }),
  "operation.cancel": async ({ operationId }) => ({ cancelled: operationId === "op" }),
};

beforeEach(async () => {
  frames = [];
  health = HEALTHY;
  daemon = await FakeDaemon.open({ handlers });
});
afterEach(() => daemon[Symbol.asyncDispose]());

const banger = (...args: string[]) => runCli(args, { env: daemon.env });

describe("vm stats", () => {
  it("is a table, or JSON; what leads nowhere is said, and is status 1", async () => {
    frames = [[STATS], [STATS], [STATS]];
    const table = await banger("vm", "stats");
    expect(table.text).toMatch(/^NAME .*\nbrave-otter +1\.50% +1GiB \/ 2GiB +50\.0% +INVALID/);
    expect(table.text).toContain("brave-otter: root disk: its changes are lost\n");
    expect(JSON.parse((await banger("vm", "stats", "--json")).text)).toEqual([STATS]);
    const partly = await banger("vm", "stats", "nope", "brave-otter");
    expect(partly).toMatchObject({ status: 1, stderr: 'banger: there is no VM "nope"\n' });
    expect(daemon.paramsOf("vm.stats")).toEqual([{}, {}, { refs: ["nope", "brave-otter"] }]);
  });

  it("--watch of named VMs asks for them by id, and ends when none is left", async () => {
    frames = [[STATS], [STATS], []];
    const done = await banger("vm", "stats", "-w", "brave-otter", "--json");
    expect(done.text).toBe(`${JSON.stringify([STATS])}\n`.repeat(2));
    expect(daemon.paramsOf("vm.stats").slice(1)).toEqual([{ refs: [VM.id] }, { refs: [VM.id] }]);
  });

  it("--watch of all goes on when none runs, until a signal", async () => {
    const cli = new Cli(["vm", "stats", "--watch"], { env: daemon.env });
    await cli.until(/NAME[\s\S]*\n\nNAME/);
    cli.child.kill("SIGTERM");
    expect((await cli.finished).status).toBe(143);
  });
});

describe("vm health", () => {
  it("is status 0 if all are healthy", async () => {
    const done = await banger("vm", "health", "brave-otter");
    expect(done).toMatchObject({ status: 0, stderr: "" });
    expect(done.text).toMatch(/^brave-otter +healthy +alive +running +1\+a +1 +61 seconds +b-1$/m);
  });

  it("is status 1 with what is wrong, else", async () => {
    health = { ...HEALTHY, status: "unhealthy", agent: null, problem: "it hangs", next: "look" };
    const done = await banger("vm", "health", "brave-otter", "nope");
    expect(done.status).toBe(1);
    expect(done.stderr).toBe('banger: brave-otter: it hangs\n  look\nbanger: there is no VM "nope"\n');
    expect(done.text).toMatch(/^brave-otter +unhealthy +alive +-- +-- +-- +-- +--$/m);
  });
});

describe("what is wrong on the command line", () => {
  it.each([
    [["vm", "set", "web"], /nothing to set/],
    [["vm", "set", "--vcpu", "1"], /a VM is missing|at least one VM/],
    [["vm", "set", "--memory", "1.5G", "web"], /not a size/],
    [["vm", "set", "--system-overlay-size", "1G", "web"], /no option --system-overlay-size/],
    [["vm", "set", "--net", "x", "web"], /neither none, public nor full/],
    [["vm", "logs", "-n", "-1", "web"], /not a number of lines|needs a value/],
    [["vm", "health"], /at least one VM/],
    [["operation", "watch"], /an operation is missing/],
  ])("%j is status 2, and the daemon does not hear of it", async (args, message) => {
    const done = await banger(...args);
    expect([done.status, done.stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(daemon.calls).toEqual([]);
  });
});

describe("operations", () => {
  it("are listed", async () => {
    expect((await banger("operation", "ls")).text).toMatch(/^0123456789ab +vm\.create +web +running +guest/m);
    expect((await banger("operation", "list", "-q")).text).toBe(`${VM.id}\n`);
    expect(JSON.parse((await banger("operation", "list", "--json")).text)).toEqual([OPERATION]);
  });

  it("are cancelled, or had ended", async () => {
    expect(await banger("operation", "cancel", "op")).toMatchObject({ status: 0, text: "op\n" });
    const late = await banger("operation", "cancel", "late");
    expect([late.status, late.stderr]).toEqual([1, expect.stringContaining("has ended already")]);
  });

  it("go on when whoever began them does not wait, and are watched by id", async () => {
    const begun = await banger("vm", "create", "-d", "--name", "web");
    expect(begun.text).toBe("op-1\n");
    const watched = await banger("operation", "watch", "op-1");
    expect(watched).toMatchObject({ status: 0, text: "web\n" });
    expect(watched.stderr).toMatch(/^spec: /);
    expect((await banger("operation", "watch", "op-9")).status).toBe(1);
  });
});

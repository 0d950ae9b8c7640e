import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { ProcessRef } from "../../../src/host/host-ops.ts";
import { addonBuildInfo } from "../../../src/host/linux/index.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { statField } from "./support/proc.ts";

function refOf(pid: number): ProcessRef {
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return { pid, startTimeTicks: BigInt(statField(pid, 22)), bootId, uid: 0 };
}

describe("processes that HostOps did not start", () => {
  const host = openReal();
  afterAll(() => host.close());

  it("are waited for, without a status: a VMM of an earlier daemon", async () => {
    const pid = Number(execFileSync("sh", ["-c", "sleep 1000 >&- 2>&- & echo $!"], { encoding: "utf8" }));
    const ref = refOf(pid);
    expect(await host.process.isAlive(ref)).toBe(true);
    const wait = host.process.wait(ref);
    expect(await host.process.signal(ref, 15)).toBe(true);
    expect(await wait).toEqual({ code: null, signal: null });
  });

  it("keep their status when they are Node's own children", async () => {
    const child = spawn("sh", ["-c", "read line; exit 6"], { stdio: ["pipe", "ignore", "ignore"] });
    const exit = once(child, "exit");
    const wait = host.process.wait(refOf(child.pid ?? 0));
    child.stdin?.end("\n");
    expect(await wait).toEqual({ code: null, signal: null });
    expect(await exit).toEqual([6, null]);
  });

  it("the addon says what it was built from", () => {
    expect(addonBuildInfo()).toEqual({
      version: expect.any(String),
      commit: expect.any(String),
      time: expect.any(String),
    });
  });
});

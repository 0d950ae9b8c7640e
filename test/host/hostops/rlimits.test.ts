import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import type { RlimitName } from "../../../src/host/host-ops.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { sleeper } from "../../contract/support/sleeper.ts";
import { whileRunning } from "./support/running.ts";

const UID = 618_001;
const SLEEP = sleeper(UID);

/** The lines of /proc/pid/limits, and one value for each that it may be set to without harm to `sleep`. */
const LIMITS: Record<RlimitName, [string, bigint]> = {
  as: ["Max address space", 1n << 40n],
  core: ["Max core file size", 4096n],
  cpu: ["Max cpu time", 1000n],
  data: ["Max data size", 1n << 39n],
  fsize: ["Max file size", 8192n],
  locks: ["Max file locks", 77n],
  memlock: ["Max locked memory", 12288n],
  msgqueue: ["Max msgqueue size", 9999n],
  nice: ["Max nice priority", 7n],
  nofile: ["Max open files", 33n],
  nproc: ["Max processes", 555n],
  rss: ["Max resident set", 1n << 38n],
  rtprio: ["Max realtime priority", 3n],
  rttime: ["Max realtime timeout", 123456n],
  sigpending: ["Max pending signals", 222n],
  stack: ["Max stack size", 1n << 22n],
};

const host = openReal();
afterAll(() => host.close());

it("every limit by its name, soft and hard", async () => {
  const limits = (pid: number, name: string) =>
    readFileSync(`/proc/${pid}/limits`, "utf8")
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length)
      .trim()
      .split(/\s+/)
      .slice(0, 2);
  // Without CAP_SYS_RESOURCE, as root of a container has it not, nobody is allowed more than they have.
  const allowed = (line: string, value: bigint) => {
    const hard = limits(process.pid, line)?.[1] ?? "0";
    return hard === "unlimited" || BigInt(hard) > value ? value : BigInt(hard);
  };
  const wanted = Object.entries(LIMITS).map(([name, [line, value]]) => {
    const hard = allowed(line, value);
    return { name, line, hard, soft: hard === 0n ? 0n : hard - 1n };
  });
  const same = Object.fromEntries(wanted.map(({ name, hard }) => [name, hard]));
  await whileRunning(host, { ...SLEEP, rlimits: same }, ({ pid }) => {
    for (const { line, hard } of wanted)
      expect([line, limits(pid, line)]).toEqual([line, [String(hard), String(hard)]]);
  });
  const apart = Object.fromEntries(wanted.map(({ name, soft, hard }) => [name, { soft, hard }]));
  await whileRunning(host, { ...SLEEP, rlimits: apart }, ({ pid }) => {
    for (const { line, soft, hard } of wanted)
      expect([line, limits(pid, line)]).toEqual([line, [String(soft), String(hard)]]);
  });
  await whileRunning(host, { ...SLEEP, rlimits: { cpu: "unlimited" } }, ({ pid }) => {
    expect(limits(pid, "Max cpu time")).toEqual(["unlimited", "unlimited"]);
    expect(limits(pid, "Max open files")).toEqual(limits(process.pid, "Max open files"));
  });
});

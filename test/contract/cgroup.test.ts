import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { ProcessSpawn } from "../../src/host/host-ops.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const NAME = "banger-contract";
const LIMITS = { memoryMaxBytes: 512n * 1024n * 1024n, pidsMax: 64, cpuMaxPercent: 150 };
const SLEEP: ProcessSpawn = {
  program: "/bin/sleep",
  argv: ["sleep", "1000"],
  env: {},
  cwd: "/",
  uid: 611_001,
  gid: 611_001,
  umask: 0o77,
  fds: [],
};

describe.each(hosts)("cgroup ($name)", ({ open, name: hostName }) => {
  const host = open();
  afterAll(() => host.close());

  it("makes a leaf, starts a process in it and kills it with the leaf, or says that it cannot", async () => {
    const root = await host.cgroup.root();
    if (root === null) {
      await expectHostError(host.cgroup.create(NAME, LIMITS), "ERR_HOST_UNSUPPORTED", "EOPNOTSUPP");
      await host.cgroup.delete(NAME);
      expect(await host.cgroup.usage(NAME)).toBeNull();
      return;
    }
    const leaf = await host.cgroup.create(NAME, LIMITS);
    expect(leaf).toBe(`${root}/banger/${NAME}`);
    expect(await host.cgroup.create(NAME, LIMITS)).toBe(leaf);
    if (hostName === "real") {
      const read = (file: string) => readFileSync(`${leaf}/${file}`, "utf8").trim();
      expect([read("memory.max"), read("pids.max"), read("cpu.max")]).toEqual([
        "536870912",
        "64",
        "150000 100000",
      ]);
    }
    expect(await host.cgroup.usage(NAME)).toEqual({ cpuMicroseconds: 0n });
    const ref = await host.process.spawn({ ...SLEEP, cgroup: leaf });
    expect((await host.cgroup.usage(NAME))?.cpuMicroseconds).toBeGreaterThanOrEqual(0n);
    await host.cgroup.delete(NAME);
    expect(await host.process.wait(ref)).toEqual({ code: null, signal: 9 });
    if (hostName === "real") expect(existsSync(leaf)).toBe(false);
    await host.cgroup.delete(NAME);
    expect(await host.cgroup.usage(NAME)).toBeNull();
  });

  it("makes leaves while others, the last ones there, end", async () => {
    if ((await host.cgroup.root()) === null) return;
    const names = ["a", "b", "c"].map((letter) => `${NAME}-${letter}`);
    await Promise.all(
      names.map(async (name) => {
        for (let time = 0; time < 20; time++) {
          expect(await host.cgroup.create(name, LIMITS)).toContain(name);
          await host.cgroup.delete(name);
        }
      }),
    );
  });

  it("refuses limits that are none, and makes no leaf for them", async () => {
    for (const limits of [
      { memoryMaxBytes: 0n },
      { memoryMaxBytes: 2n ** 64n },
      { pidsMax: -1 },
      { pidsMax: 5_000_000 },
      { cpuMaxPercent: 0.5 },
      { cpuMaxPercent: Number.NaN },
    ])
      await expectHostError(host.cgroup.create(NAME, limits), "ERR_HOST_INVALID", "EINVAL");
    expect(await host.cgroup.usage(NAME)).toBeNull();
  });

  it.each(["", "..", "a/b", "x".repeat(65)])("refuses the name %j", async (name) => {
    await expectHostError(host.cgroup.create(name, LIMITS), "ERR_HOST_INVALID", "EINVAL");
    await expectHostError(host.cgroup.delete(name), "ERR_HOST_INVALID", "EINVAL");
  });
});

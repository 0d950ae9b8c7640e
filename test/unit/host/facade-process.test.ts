import { expect, it } from "vitest";
import { openHostOps } from "../../../src/host/facade.ts";
import { openFakeHostOps } from "../../../src/host/fake/index.ts";
import type { ProcessRef, ProcessSpawn } from "../../../src/host/host-ops.ts";

const SLEEP: ProcessSpawn = {
  program: "/bin/sleep",
  argv: ["sleep", "1000"],
  env: {},
  cwd: "/",
  uid: 1,
  gid: 1,
  umask: 0o77,
  fds: [],
};

it("a process is killed at the end of its block, and the namespace that it was in goes after it", async () => {
  const fake = openFakeHostOps();
  const host = openHostOps(fake);
  let ref: ProcessRef | undefined;
  {
    await using netns = await host.createNetns("inner");
    await netns.ops.tap.create({ name: "bgr0", ownerUid: 1 });
    const fds: ProcessSpawn["fds"] = [{ target: 3, kind: "tap", name: "bgr0" }];
    await using child = await host.spawn({ ...SLEEP, netns: netns.info.name, fds });
    ref = child.info;
    expect(await fake.process.isAlive(ref)).toBe(true);
    expect(fake.kernel.links.has("bgr0")).toBe(false);
  }
  expect(await fake.process.isAlive(ref)).toBe(false);
  expect(await fake.netns.list("")).toEqual([]);
  expect(fake.faults.calls.map(({ operation }) => operation).slice(-4, -2)).toEqual([
    "process.wait",
    "netns.delete",
  ]);
});

it("a process that ends by itself tells how, and closing it is nothing more", async () => {
  const fake = openFakeHostOps();
  await using child = await openHostOps(fake).spawn(SLEEP);
  const end = child.wait();
  expect(await child.signal(15)).toBe(true);
  expect(await end).toEqual({ code: null, signal: 15 });
  await child.close();
  await child.close();
  expect(await child.signal(15)).toBe(false);
});

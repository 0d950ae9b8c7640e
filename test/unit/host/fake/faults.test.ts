import { describe, expect, it } from "vitest";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";

describe("faults of the fake", () => {
  it("fail as often as asked, after as many as asked, and change nothing", async () => {
    const host = openFakeHostOps();
    host.faults.fail("tap.create", { errnoCode: "ENOSPC", times: 2, after: 1 });
    const create = (name: string) => host.tap.create({ name, ownerUid: 1 });
    await create("bgr0");
    for (const name of ["bgr1", "bgr2"]) {
      await expect(create(name)).rejects.toMatchObject({
        code: "ERR_HOST_NO_SPACE",
        syscall: "tap.create",
        object: name,
      });
    }
    await create("bgr3");
    expect((await host.link.list("bgr")).map((link) => link.name)).toEqual(["bgr0", "bgr3"]);
  });

  it("hit a synchronous twin by the name of its asynchronous one, and take none of its time", async () => {
    const host = openFakeHostOps();
    host.faults.delay(1_000_000);
    host.faults.fail("link.readSysctl", { errnoCode: "EIO", after: 1 });
    const read = () => host.sync.link.readSysctl({ family: 4, link: "lo", key: "forwarding" });
    expect(read()).toBe("0");
    expect(read).toThrow(expect.objectContaining({ code: "ERR_HOST_IO", syscall: "link.readSysctl" }));
    expect(read()).toBe("0");
    expect(host.faults.calls.map(({ operation }) => operation)).toEqual(Array(3).fill("link.readSysctl"));
  });

  it("hit one operation only, and can be taken back", async () => {
    const host = openFakeHostOps();
    host.faults.fail("route.add", { errnoCode: "EIO", times: 9, syscall: "netlink(RTM_NEWROUTE)" });
    await host.tap.create({ name: "bgr0", ownerUid: 1 });
    await host.link.setUp("bgr0", true);
    const add = () => host.route.add({ destination: "10.0.0.1/32", link: "bgr0" });
    await expect(add()).rejects.toMatchObject({ code: "ERR_HOST_IO", syscall: "netlink(RTM_NEWROUTE)" });
    host.faults.clear();
    await add();
    expect(host.kernel.routes).toHaveLength(1);
  });

  it("are as many as asked, also of slow calls side by side", async () => {
    const host = openFakeHostOps();
    host.faults.delay(2);
    host.faults.fail("tap.create", { errnoCode: "EBUSY", times: 2, after: 1 });
    const names = ["bgr0", "bgr1", "bgr2", "bgr3"];
    const all = await Promise.allSettled(names.map((name) => host.tap.create({ name, ownerUid: 1 })));
    expect(all.map((each) => each.status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  });

  it("may make one operation slow, and then none", async () => {
    const host = openFakeHostOps();
    const order: string[] = [];
    const both = () =>
      Promise.all([
        host.link.list("").then(() => order.push("list")),
        host.link.get("lo").then(() => order.push("get")),
      ]);
    host.faults.delay(20, "link.list");
    await both();
    host.faults.clear();
    await both();
    expect(order).toEqual(["get", "list", "list", "get"]);
  });

  it("records all calls in order, and may be slow", async () => {
    const host = openFakeHostOps();
    host.faults.delay(5);
    const started = performance.now();
    await host.link.delete("a");
    await host.link.get("b");
    expect(performance.now() - started).toBeGreaterThanOrEqual(8);
    expect(host.faults.calls).toEqual([
      { operation: "link.delete", object: "a" },
      { operation: "link.get", object: "b" },
    ]);
  });
});

describe("processes of the fake", () => {
  const spec = { program: "/bin/sh", argv: ["sh"], env: {}, cwd: "/", uid: 7, gid: 7, umask: 0, fds: [] };

  it("crash when a test says so, and give back what they held", async () => {
    const host = openFakeHostOps();
    await host.tap.create({ name: "bgr0", ownerUid: 7 });
    const leaf = await host.cgroup.create("vm", {});
    const ref = await host.process.spawn({
      ...spec,
      cgroup: leaf,
      fds: [{ target: 3, kind: "tap", name: "bgr0" }],
    });
    expect(host.kernel.cgroups.get(leaf)?.pids).toEqual(new Set([ref.pid]));
    const wait = host.process.wait(ref);
    host.endProcess(ref.pid, { code: 1, signal: null });
    expect(await wait).toEqual({ code: 1, signal: null });
    expect(host.kernel.links.get("bgr0")?.attachedBy).toBeNull();
    expect(host.kernel.cgroups.get(leaf)?.pids.size).toBe(0);
  });

  it("outlive signals that end nobody", async () => {
    const host = openFakeHostOps();
    const ref = await host.process.spawn(spec);
    expect(await host.process.signal(ref, 0)).toBe(true);
    expect(await host.process.signal(ref, 18)).toBe(true);
    expect(await host.process.isAlive(ref)).toBe(true);
  });
});

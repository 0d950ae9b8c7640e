import { expect, it } from "vitest";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";

it("a table that is owned goes with the fake that is closed, others stay", async () => {
  const fake = openFakeHostOps();
  const table = { family: "inet", name: "other" } as const;
  await fake.nft.apply([
    { op: "add-table", table },
    { op: "add-table", table: { ...table, name: "own", owned: true } },
  ]);
  await fake.close();
  expect([...fake.kernel.tables.keys()]).toEqual(["inet other"]);
});

it("a wait that is over leaves nothing at its signal", async () => {
  const fake = openFakeHostOps();
  const spec = { program: "/bin/sh", argv: ["sh"], env: {}, cwd: "/", uid: 1, gid: 1, umask: 0o77, fds: [] };
  const listeners = new Set<unknown>();
  const { signal } = new AbortController();
  signal.addEventListener = (_: string, listener: unknown) => listeners.add(listener);
  signal.removeEventListener = (_: string, listener: unknown) => listeners.delete(listener);
  const ref = await fake.process.spawn(spec);
  const wait = fake.process.wait(ref, { signal });
  await fake.process.isAlive(ref);
  expect(listeners.size).toBe(1);
  fake.endProcess(ref.pid, { code: 0, signal: null });
  await wait;
  expect(listeners.size).toBe(0);
});

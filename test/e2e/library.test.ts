import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestRepository } from "../support/git-repository.ts";
import type { Inventory } from "./support/inventory.ts";
import { ROOT, Sandbox } from "./support/sandbox.ts";

type Library = typeof import("../../src/lib/index.ts");

let sandbox: Sandbox;
let before: Inventory;
let daemon: Awaited<ReturnType<Library["connect"]>>;

/** As others import it: of the same build as the daemon, which sources are not. */
beforeAll(async () => {
  sandbox = await Sandbox.open();
  await sandbox.ok("daemon", "start");
  before = await sandbox.inventory();
  const file = pathToFileURL(path.join(ROOT, "build/lib/index.js")).href;
  const { connect } = (await import(file)) as Library;
  daemon = await connect({ socket: path.join(sandbox.runtime, "bangerd.sock") });
});

afterAll(async () => {
  await daemon.close();
  const after = await sandbox.inventory();
  await sandbox.close();
  expect({ ...after, addresses: before.addresses, links: before.links }).toEqual(before);
});

const SMALL = { memoryMib: 512 };

describe("the library (LIB-2)", () => {
  it("makes a VM, runs commands in it, stops and starts it, and deletes it at the end of the block", async () => {
    const stages: string[] = [];
    {
      await using vm = await daemon.create(
        { ...SMALL, name: "lib" },
        { onEvent: (event) => event.type === "stage" && event.state === "done" && stages.push(event.name) },
      );
      expect(stages.length).toBeGreaterThan(0);
      expect((await daemon.list()).map(({ name }) => name)).toEqual(["lib"]);

      const script = "cat; echo $WHAT >&2; pwd; exit 3";
      const options = { input: "from the host\n", env: { WHAT: "said aside" }, cwd: "/tmp" };
      const said = await vm.exec(["sh", "-c", script], options);
      expect(said).toMatchObject({ status: 3, code: 3, signal: null });
      expect(String(said.stdout)).toBe("from the host\n/tmp\n");
      expect(String(said.stderr)).toBe("said aside\n");
      expect(await vm.exec(["sh", "-c", "kill -9 $$"])).toMatchObject({ status: 137, signal: 9 });
      await expect(vm.exec(["/no/such/program"])).rejects.toMatchObject({ code: "ERR_EXEC_NOT_FOUND" });

      await vm.exec(["sh", "-c", "echo kept >/root/kept; sync"]);
      await vm.stop();
      expect((await vm.show()).state).toBe("stopped");
      await expect(vm.exec(["true"])).rejects.toMatchObject({ code: "ERR_VM_NOT_RUNNING" });
      await vm.start();
      expect(String((await daemon.vm("lib").exec(["cat", "/root/kept"])).stdout)).toBe("kept\n");
      expect(await vm.health()).toMatchObject({ name: "lib", vmmAlive: true });
    }
    expect(await daemon.list({ all: true })).toEqual([]);
  });

  it("hangs a command up by its signal, in the guest too", async () => {
    await using vm = await daemon.create(SMALL);
    const abort = new AbortController();
    const session = await vm.session({ argv: ["sh", "-c", "echo up; exec sleep 12345"] });
    session.stderr.resume();
    for await (const line of session.stdout) {
      expect(String(line)).toBe("up\n");
      break;
    }
    session.hangUp();
    const waiting = vm.exec(["sleep", "54321"], { signal: abort.signal });
    const running = ["sh", "-c", "until pgrep -f 'sleep 5432[1]' >/dev/null; do sleep 0.1; done"];
    await vm.exec(running);
    abort.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    const gone = "while pgrep -f 'sleep (1234[5]|5432[1])' >/dev/null; do sleep 0.1; done; echo gone";
    expect(String((await vm.exec(["sh", "-c", gone])).stdout)).toBe("gone\n");
  });

  it("copies a checkout in, and takes back what was done there", async () => {
    const repo = new TestRepository("repo", path.join(sandbox.directory, "checkout"));
    repo.write("kept");
    repo.write("changed", "before\n");
    const base = repo.commit();
    repo.write("untracked");
    await using vm = await daemon.create(SMALL);
    const first = await vm.workspace.prepare(repo.top, { includeUntracked: true });
    expect(first).toMatchObject({ kind: "copy", files: 3, base, notes: [] });
    expect(await vm.workspace.prepare(repo.top, { includeUntracked: true })).toMatchObject({
      kind: "unchanged",
    });
    await vm.exec(["sh", "-c", "echo after > changed; git rm -q kept; git commit -qm work"], {
      cwd: "/root/repo",
      env: {
        GIT_AUTHOR_NAME: "x",
        GIT_AUTHOR_EMAIL: "x@y",
        GIT_COMMITTER_NAME: "x",
        GIT_COMMITTER_EMAIL: "x@y",
      },
    });
    const done = await vm.workspace.apply(repo.top);
    expect(done.changes.map((each) => each.path)).toEqual(["changed", "kept"]);
    expect(repo.git("status", "--porcelain")).toBe("M  changed\nD  kept\n?? untracked");
  });

  it("runs one command in a VM of its own, and leaves nothing", async () => {
    const { status, stdout } = await daemon.run(["sh", "-c", "echo once; exit 4"], { vm: SMALL });
    expect([status, String(stdout)]).toEqual([4, "once\n"]);
    expect(await daemon.list({ all: true })).toEqual([]);
  });

  it("cancels a create by its signal, and leaves nothing", async () => {
    const abort = new AbortController();
    const made = daemon.create(SMALL, {
      signal: abort.signal,
      onEvent: (event) => event.type === "stage" && abort.abort("no more"),
    });
    await expect(made).rejects.toBe("no more");
    expect(await daemon.list({ all: true })).toEqual([]);
  });
});

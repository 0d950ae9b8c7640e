import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Daemon } from "../../../src/lib/daemon.ts";
import type { Vm } from "../../../src/lib/vm.ts";
import { RpcClient } from "../../../src/rpc/client.ts";
import { buildInfo } from "../../../src/shared/build-info.ts";
import { Checkout } from "../../unit/workspace/support/checkout.ts";
import { FakeDaemon, VM } from "../cli/support/daemon.ts";

/** The library, the daemon's RPC, and a guest whose commands run on this machine. What goes in is tried with a real guest (e2e). */
let fake: FakeDaemon;
let daemon: Daemon;
let vm: Vm;
let checkout: Checkout;

beforeEach(async () => {
  fake = await FakeDaemon.open();
  fake.vms.set(VM.id, VM);
  checkout = await Checkout.make();
  daemon = new Daemon(await RpcClient.connect(fake.socket, { build: buildInfo }));
  vm = daemon.vm(VM.name);
  await checkout.inGuest("printf '10\\n' >> numbers; chmod +x a; rm dir/x");
});
afterEach(async () => {
  await daemon.close();
  await fake[Symbol.asyncDispose]();
  checkout[Symbol.dispose]();
});

const guest = () => ({ directory: checkout.guest, baseCommit: "HEAD" });

test("what has changed in a guest becomes a patch in a file, and a list", async () => {
  const file = path.join(checkout.home, "work.patch");
  let told = 0;
  const made = await vm.workspace.export(file, { ...guest(), onBytes: (bytes) => (told = bytes) });
  expect(made.changes).toMatchObject([
    { path: "a", modeBefore: "100644", modeAfter: "100755" },
    { path: "dir/x", modeAfter: null, removed: 1 },
    { path: "numbers", added: 1, pathBytes: Buffer.from("numbers") },
  ]);
  expect((await readFile(file)).length).toBe(made.patchBytes);
  expect(told).toBe(made.patchBytes);
  await checkout.inHost(`git apply --index ${file}`);
  expect((await checkout.inHost("git write-tree")).trim()).toBe(made.tree);
});

test("or goes into a checkout, whole or not at all", async () => {
  expect(await vm.workspace.apply(checkout.host, guest())).toMatchObject({ how: "direct", conflicts: [] });
  expect(await checkout.inHost("git status --porcelain")).toBe("M  a\nD  dir/x\nM  numbers\n");
  await checkout.inHost("git reset -q --hard; printf 'ten\\n' >> numbers; git commit -qam host");
  const before = await checkout.snapshot();
  await expect(vm.workspace.apply(checkout.host, guest())).rejects.toMatchObject({
    code: "ERR_WORKSPACE_CONFLICT",
  });
  expect(await checkout.snapshot()).toBe(before);
  const applied = await vm.workspace.apply(checkout.host, { ...guest(), conflicts: true });
  expect(applied).toMatchObject({ how: "conflicts", conflicts: ["numbers"] });
});

test("errors are the CLI's, and a signal's reason is what is thrown", async () => {
  const file = path.join(checkout.home, "work.patch");
  await expect(vm.workspace.export(file, { directory: "/nowhere" })).rejects.toMatchObject({
    code: "ERR_WORKSPACE_NO_REPOSITORY",
  });
  await expect(daemon.vm("none").workspace.export(file)).rejects.toMatchObject({ code: "ERR_VM_NOT_FOUND" });
  await expect(vm.workspace.prepare(checkout.home)).rejects.toMatchObject({ code: "ERR_NO_REPOSITORY" });
  const reason = new Error("enough");
  const late = vm.workspace.export(file, { ...guest(), signal: AbortSignal.abort(reason) });
  await expect(late).rejects.toBe(reason);
});

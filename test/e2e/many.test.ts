import { afterAll, beforeAll, expect, it } from "vitest";
import { Sandbox } from "./support/sandbox.ts";

const VMS = Array.from({ length: 20 }, (_, index) => `many-${index}`);

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open();
});

afterAll(() => sandbox.close());

it("creates 20 VMs at once by 20 clients that find no daemon; all answer, all go (VM-4, DMN-2)", async () => {
  const create = (name: string) =>
    sandbox.run(["vm", "create", "--name", name, "--memory", "256M", "--vcpu", "1", "--disk-size", "1G"]);
  const created = await Promise.all(VMS.map(create));
  expect(created.map((done) => [done.status, done.stdout.toString().trim()])).toEqual(
    VMS.map((name) => [0, name]),
  );
  const vms = await sandbox.json<{ address: string; state: string }[]>("vm", "list");
  expect(vms.map((vm) => vm.state)).toEqual(VMS.map(() => "running"));
  expect(new Set(vms.map((vm) => vm.address)).size).toBe(VMS.length);

  const answers = await Promise.all(VMS.map((name) => sandbox.run(["vm", "exec", name, "--", "hostname"])));
  expect(answers.map((done) => done.stdout.toString().trim())).toEqual(VMS);

  const deleted = await Promise.all(VMS.map((name) => sandbox.run(["vm", "rm", "--force", name])));
  expect(deleted.map((done) => done.status)).toEqual(VMS.map(() => 0));
  await sandbox.ok("daemon", "stop");
  const {
    processes,
    links,
    routes,
    nft,
    loops,
    deviceMapper,
    mounts,
    cgroups,
    vms: left,
  } = await sandbox.inventory();
  expect({ processes, links, routes, nft, loops, deviceMapper, mounts, cgroups, left }).toEqual({
    ...{ processes: [], links: ["lo"], routes: [], nft: [], loops: [], deviceMapper: [], mounts: [] },
    ...{ cgroups: [], left: [] },
  });
});

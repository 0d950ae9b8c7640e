import { afterAll, beforeAll, expect, it } from "vitest";
import { amount } from "../support/amount.ts";
import { Sandbox } from "./support/sandbox.ts";

const VMS = Array.from({ length: 20 }, (_, index) => `many-${index}`);
/** Of which so many boot. */
const BOOTED = VMS.slice(0, amount(8, VMS.length));

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open();
});

afterAll(() => sandbox.close());

it(`creates ${VMS.length} VMs at once by as many clients that find no daemon; the ${BOOTED.length} that boot answer, all go (VM-4, DMN-2)`, async () => {
  const small = ["--memory", "256M", "--vcpu", "1", "--disk-size", "1G"];
  const create = (name: string) =>
    sandbox.run([
      ...["vm", "create", "--name", name, ...small],
      ...(BOOTED.includes(name) ? [] : ["--no-start"]),
    ]);
  const created = await Promise.all(VMS.map(create));
  expect(created.map((done) => [done.status, done.stdout.toString().trim()])).toEqual(
    VMS.map((name) => [0, name]),
  );
  const vms = await sandbox.json<{ name: string; address: string; state: string }[]>("vm", "list", "--all");
  const running = vms.filter(({ state }) => state === "running").map(({ name }) => name);
  expect(running.sort()).toEqual([...BOOTED].sort());
  expect(new Set(vms.map((vm) => vm.address)).size).toBe(VMS.length);

  const answers = await Promise.all(
    BOOTED.map((name) => sandbox.run(["vm", "exec", name, "--", "hostname"])),
  );
  expect(answers.map((done) => done.stdout.toString().trim())).toEqual(BOOTED);

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

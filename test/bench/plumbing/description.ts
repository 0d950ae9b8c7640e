import { stat } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import type { StorageKind } from "../../../src/domain/vm.ts";
import type { Objects } from "./creation.ts";
import type { Bench, Operation } from "./operation.ts";
import { runTool } from "./tools.ts";

/** What is on the host of one VM, as the standard tools and stat tell it, without what differs from VM to VM. */
export async function description(vm: Objects, kind: StorageKind): Promise<object> {
  const ip = async (...words: string[]) => JSON.parse((await runTool("ip", "-j", ...words)) || "[]");
  const [link] = await ip("-d", "link", "show", vm.tap);
  const routes = await ip("route", "show", "dev", vm.tap);
  const neighbours = await ip("neighbour", "show", "dev", vm.tap);
  const ipv6 = await runTool("sysctl", "-n", `net.ipv6.conf.${vm.tap}.disable_ipv6`);
  const files = await Promise.all(
    [vm.rootDisk, vm.workDisk, vm.runtime].map(async (file) => {
      const { mode, uid, gid, size } = await stat(file);
      return { mode: mode.toString(8), uid, gid, size: file === vm.runtime ? 0 : size };
    }),
  );
  const table =
    kind === "dm-snapshot"
      ? (await runTool("dmsetup", "table")).split("\n").filter((line) => line.includes(vm.vmId))
      : [];
  const text = JSON.stringify({
    // That nobody holds its queue the kernel notices in its own time: NO-CARRIER, and `linkdown` of the route.
    link: { up: link.flags.includes("UP"), mtu: link.mtu, info: link.linkinfo },
    routes: routes.map((route: object) => ({ ...route, flags: [] })),
    neighbours,
    ipv6,
    files,
    // By its number the loop device may be another.
    table: table.map((line) => line.replace(/ 7:\d+ /, " loop ")),
  });
  return JSON.parse(
    text.replaceAll(vm.vmId, "VM").replaceAll(`"${vm.address}"`, '"ADDRESS"').replaceAll(vm.mac, "MAC"),
  );
}

/** Correct first: an operation that ends differently in one of its columns is not measured. */
export async function checkedSame(
  bench: Bench,
  operation: Operation,
  describe: (subject: string) => Promise<unknown>,
): Promise<void> {
  const columns: [string, (subject: string, run: number) => Promise<unknown>][] = [
    ["addon", (subject, run) => operation.addon(subject, run)],
    ["c", (subject, run) => bench.reference.do(operation.c(subject, run))],
    ["tools", (subject, run) => operation.tools(runTool, subject, run)],
  ];
  const found: unknown[] = [];
  for (const [name, act] of columns) {
    const run = bench.next();
    const subject = await operation.prepare(run);
    try {
      await act(subject, run);
      found.push(await describe(subject));
    } finally {
      await operation.undo(subject, "", run);
    }
    const [by, last] = [found[0], found.at(-1)];
    if (!isDeepStrictEqual(by, last))
      throw new Error(
        `${operation.name}: ${name} makes something else than the addon:\n${JSON.stringify(last)}\n${JSON.stringify(by)}`,
      );
  }
}

import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reconcileVms } from "../../../../src/services/vm/reconcile.ts";
import { World } from "./support/world.ts";

const FORMER = ((192 * 256 + 168) * 256 + 7) * 256 + 2;

let world: World;

beforeEach(async () => {
  world = new World();
  await world.end(world.vms.create({ name: "x" }, { onClose: () => undefined }));
  await world.end(world.vms.stop(["x"]));
});
afterEach(() => world.close());

/** As though `network_cidr` had been 192.168.7.0/24 when it was made. */
function become(address: number): void {
  const db = new Sqlite(path.join(world.directory, "state.db"));
  db.prepare("UPDATE vms SET address = ?").run(address);
  db.close();
}

const addressOf = () => world.vms.find("x").address;

describe("a VM of a former `network_cidr` (NET-1)", () => {
  it("has an address of the network when it starts, which is told", async () => {
    become(FORMER);
    expect(addressOf()).toBe("192.168.7.2");
    const operation = world.vms.start(["x"]);
    const notes: string[] = [];
    for await (const event of world.operations.watch(operation))
      if (event.type === "note") notes.push(event.text);
    expect(notes).toContain("its address is 172.30.0.2 from now on");
    expect(addressOf()).toBe("172.30.0.2");
    expect(world.host.kernel.routes.map(({ destination }) => destination)).toContain("172.30.0.2/32");
  });

  it("has one from the daemon's start on while it is stopped, and keeps its own while it runs", async () => {
    await world.end(world.vms.start(["x"]));
    become(FORMER);
    const vms = path.join(world.directory, "vms");
    await reconcileVms(world.deps, vms);
    expect(addressOf()).toBe("192.168.7.2");
    await world.end(world.vms.stop(["x"]));
    await reconcileVms(world.deps, vms);
    expect(addressOf()).toBe("172.30.0.2");
  });
});

import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Place } from "../../../../src/domain/place.ts";
import type { HostNetwork } from "../../../../src/services/network.ts";
import { HostFile } from "../../../../src/state/host-file.ts";
import { reservation } from "../../state/fixtures.ts";
import { Mortal } from "../support/mortal.ts";
import { Ground, recorded } from "./support/ground.ts";

/** A VM is made, the pool is filled, one of it is handed out, both end. `handles`: names that are on disk as a VM's. */
async function life(
  ground: Ground,
  network: HostNetwork,
  handles: Set<string>,
  isEnded: () => boolean,
): Promise<void> {
  const create = async ({ slot, address }: Place) => {
    await network.claim(slot);
    handles.add(`bgr${slot}`);
    await network.connect({ slot, address, uid: 70_000 + slot });
    network.prepareNext();
  };
  const first = ground.state.vms.reserve(reservation(1));
  await create(first);
  while (network.readyPlaces.length < 4 && !isEnded()) await setTimeout(1);
  const second = ground.state.vms.reserve({ ...reservation(2), places: network.readyPlaces });
  await create(second);
  for (const { id, slot } of [first, second]) {
    await network.disconnect(`bgr${slot}`);
    handles.delete(`bgr${slot}`);
    ground.state.vms.delete(id);
  }
  await network.close();
}

it("a daemon that ends at any of its calls leaves nothing that the next one does not find (ST-5)", async () => {
  let calls = 0;
  for (let isOver = false; !isOver; calls++) {
    using ground = new Ground();
    const mortal = new Mortal(calls);
    const handles = new Set<string>();
    const network = ground.networkOver(
      mortal.of(ground.host),
      mortal.of(new HostFile(ground.host.file, ground.hostFile)),
    );
    const lived = life(ground, network, handles, () => mortal.isEnded).then(() => {
      isOver = true;
    });
    await Promise.race([lived, mortal.end]);
    // A write that it had begun is over before the next one begins its own.
    await mortal.settled();
    const next = ground.network();
    for (const tap of handles) await next.disconnect(tap);
    await next.adopt([]);
    await next.close();
    expect([calls, [...ground.host.kernel.links.keys()], recorded(ground)]).toEqual([calls, ["lo"], []]);
  }
  expect(calls).toBeGreaterThan(15);
});

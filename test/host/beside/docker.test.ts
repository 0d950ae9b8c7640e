import { expect, it } from "vitest";
import { eventually } from "../../e2e/support/run.ts";
import { readIpv4, udpFrames } from "../firewall/support/frames.ts";
import { HOST, PORT, PUBLIC, ROUTER_MAC } from "../firewall/support/place.ts";
import { A } from "../firewall/support/veth-place.ts";
import { ends, uniqueText } from "../firewall/support/ways.ts";
import { type Beside, holdsBeside } from "./support/beside.ts";
import { Container, PUBLISHED } from "./support/container.ts";
import { Docker } from "./support/firewalls.ts";

/** From the internet to the container's port on this host. */
function askPublished({ place }: Beside<Docker>): string {
  const text = uniqueText();
  const outside = { sourceMac: ROUTER_MAC, destinationMac: place.macOf("up0") };
  const packet = udpFrames({ ...outside, source: PUBLIC, destination: HOST }, { to: PUBLISHED, text });
  place.uplink.send(...packet);
  return text;
}

async function withContainer(here: Beside<Docker>, body: (container: Container) => Promise<void>) {
  const container = await Container.open(here.other, here.root);
  try {
    await body(container);
  } finally {
    await container.close();
  }
}

holdsBeside(
  "Docker",
  (root) => new Docker(root),
  (current) => {
    it("a container reaches the internet and is reached by its port, but not a guest by either", async () => {
      const here = current();
      const { place, ours } = here;
      await ours.admit({ access: "public" });
      await ours.keeper.look();
      await withContainer(here, async ({ wire, address, mac, gatewayMac }) => {
        const [toContainer, toPort] = [uniqueText(), uniqueText()];
        const [toInternet, toGuest] = [uniqueText(), uniqueText()];
        place.a.send(...udpFrames(ends(place, address), { to: PORT, text: toContainer }));
        place.a.send(...udpFrames(ends(place, HOST), { to: PUBLISHED, text: toPort }));
        const from = { sourceMac: mac, destinationMac: gatewayMac, source: address };
        wire.send(...udpFrames({ ...from, destination: PUBLIC }, { to: PORT, text: toInternet }));
        wire.send(...udpFrames({ ...from, destination: A.address }, { to: PORT, text: toGuest }));
        const fromOutside = askPublished(here);
        await eventually(async () => wire.with(fromOutside).length > 0, "the container is asked");
        await eventually(async () => place.uplink.with(toInternet).length > 0, "the container asks");
        await place.settled();
        expect(place.uplink.with(toInternet).map((frame) => readIpv4(frame)?.source)).toEqual([HOST]);
        expect([...wire.with(toContainer), ...wire.with(toPort), ...place.a.with(toGuest)]).toEqual([]);
      });
    });

    it("a guest with --net full reaches a container as the host does: by its address", async () => {
      const here = current();
      const { place, ours } = here;
      await ours.admit({ access: "full" });
      await ours.keeper.look();
      await withContainer(here, async ({ wire, address, mac, gatewayMac }) => {
        const [question, answer] = [uniqueText(), uniqueText()];
        place.a.send(...udpFrames(ends(place, address), { from: PORT, to: PORT, text: question }));
        const [asked] = await eventually(async () => {
          const frames = wire.with(question);
          return frames.length > 0 && frames;
        }, "the container is asked");
        const packet = readIpv4(asked as Buffer);
        const back = { source: address, destination: packet?.source as string };
        const to = packet?.payload.readUInt16BE(0) as number;
        const macs = { sourceMac: mac, destinationMac: gatewayMac };
        wire.send(...udpFrames({ ...macs, ...back }, { from: PORT, to, text: answer }));
        await eventually(async () => place.a.with(answer).length > 0, "the guest is answered");
      });
    });

    it("a container is reached where Docker starts after the guests", async () => {
      const here = current();
      const { other, ours } = here;
      await other.stop();
      await ours.admit({ access: "public" });
      await ours.keeper.look();
      ours.keeper.start();
      await other.start();
      await withContainer(here, async ({ wire }) => {
        const asked: string[] = [];
        await eventually(async () => {
          asked.push(askPublished(here));
          return asked.some((text) => wire.with(text).length > 0);
        }, "the container is asked");
      });
    });
  },
);

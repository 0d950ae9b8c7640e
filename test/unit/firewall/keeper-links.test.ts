import { beforeEach, expect, it } from "vitest";
import { Firewall } from "../../../src/firewall/firewall.ts";
import { Forwarding } from "../../../src/firewall/forwarding.ts";
import { Keeper } from "../../../src/firewall/keeper.ts";
import { Openings } from "../../../src/firewall/openings.ts";
import { TapSettings } from "../../../src/firewall/tap-settings.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../src/host/fake/index.ts";
import type { Logger } from "../../../src/shared/logger.ts";

let host: FakeHostOps;
let firewall: Firewall;
let keeper: Keeper;
let looks: number;
let links: () => Promise<{ restored: string[]; lost: string[] }>;
let logged: string[];

beforeEach(() => {
  host = openFakeHostOps();
  looks = 0;
  logged = [];
  links = async () => ({ restored: [], lost: [] });
  const log = (_: object, message: string) => void logged.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const { nft } = host;
  const network = { cidr: "172.30.0.0/16", gateway: "172.30.0.1" };
  firewall = new Firewall({ nft, network, logger });
  let recorded: readonly string[] = [];
  const forwarding = new Forwarding(host, {
    readForwarding: async () => recorded,
    writeForwarding: async (opened) => {
      recorded = opened;
    },
  });
  const taps = new TapSettings(host.link);
  keeper = new Keeper({
    ...{ firewall, openings: new Openings(nft, network.gateway), forwarding, taps, logger },
    links: {
      look: async () => {
        looks += 1;
        return { routes: await host.route.list(), ...(await links()) };
      },
    },
  });
});

const admit = () =>
  firewall.admit({
    ...{ tap: "bgr1", mac: "02:62:67:00:00:01", address: "172.30.0.2", access: "public", peers: [] },
  });

it("looks at nothing while nobody is a guest", async () => {
  await keeper.look();
  expect([looks, host.faults.calls]).toEqual([0, []]);
});

it("says what was put back, and what cannot be", async () => {
  await admit();
  links = async () => ({ restored: ["bgr1 up"], lost: ["bgr2"] });
  await keeper.look();
  expect(logged).toEqual([
    "somebody changed guests' links; they are back",
    "somebody deleted links of VMs that run: they have no network until they are restarted",
  ]);
});

it("puts rules back though links cannot be looked at, and looks at links though rules cannot be read", async () => {
  await admit();
  host.kernel.tables.clear();
  links = () => Promise.reject(new Error("no netlink"));
  await keeper.look();
  expect([...host.kernel.tables.keys()].sort()).toEqual(["inet banger", "inet banger-guard"]);
  expect(logged).toContain("the network of guests could not be looked after");
  links = async () => ({ restored: [], lost: [] });
  host.faults.fail("nft.generation", { errnoCode: "EPERM" });
  await keeper.look();
  expect(looks).toBe(2);
});

it("opens the way to the internet by the routes of that look", async () => {
  await host.link.createDummy("eth0");
  await host.address.add("eth0", "10.0.0.1/24");
  await host.link.setUp("eth0", true);
  await host.route.add({ destination: "0.0.0.0/0", link: "eth0", gateway: "10.0.0.254" });
  await admit();
  await keeper.look();
  expect(await host.link.readSysctl({ family: 4, link: "eth0", key: "forwarding" })).toBe("1");
  expect(host.faults.calls.filter(({ operation }) => operation === "route.list")).toHaveLength(1);
});

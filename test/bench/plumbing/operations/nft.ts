import type { HostOps, NftSet } from "../../../../src/host/host-ops.ts";
import type { Bench, Operation } from "../operation.ts";
import { addressOf } from "./net.ts";

const TABLE = { family: "inet", name: "plumbing" } as const;
/** What one create adds to, where guests may go out. */
const SET: NftSet = { table: TABLE, name: "guests", key: ["ipv4_addr"] };

/** A table with a set in it. They go with the network namespace. */
async function makeSet(host: HostOps): Promise<void> {
  await host.nft.apply([
    { op: "add-table", table: TABLE },
    { op: "add-set", set: SET },
  ]);
}

async function addElement(host: HostOps, address: string): Promise<void> {
  await host.nft.apply([{ op: "add-elements", set: SET, elements: [{ key: [address] }], mustCreate: true }]);
}

async function deleteElement(host: HostOps, address: string): Promise<void> {
  await host.nft.apply([{ op: "delete-elements", set: SET, elements: [{ key: [address] }] }]);
}

/** Elements of a set. */
export async function nftOperations({ host }: Bench): Promise<Operation[]> {
  const available = await host.nft.available();
  if (available.ok) await makeSet(host);
  const obstacle = available.ok ? null : available.reason;
  const place = `${TABLE.name} ${SET.name}`;
  const words = (address: string) => [TABLE.family, TABLE.name, SET.name, `{ ${address} }`];
  return [
    {
      name: "nft-element-add",
      obstacle,
      prepare: async (run) => addressOf(run),
      c: (address) => `nft-element-add ${place} ${address}`,
      addon: (address) => addElement(host, address),
      tools: (tool, address) => tool("nft", "add", "element", ...words(address)),
      undo: (address) => deleteElement(host, address),
    },
    {
      name: "nft-element-delete",
      obstacle,
      prepare: async (run) => {
        await addElement(host, addressOf(run));
        return addressOf(run);
      },
      c: (address) => `nft-element-delete ${place} ${address}`,
      addon: (address) => deleteElement(host, address),
      tools: (tool, address) => tool("nft", "delete", "element", ...words(address)),
      undo: (address) => deleteElement(host, address),
    },
  ];
}

import type { VmRecord } from "../../domain/vm.ts";
import type { VmCreateParams } from "../../rpc/contract.ts";
import type { NetworkSpec } from "./spec.ts";

/** Lists of peers that a caller may give. */
type Lists = "peers" | "addPeers" | "removePeers";

/** The lists that were given, as ids: a VM that has the name later is another. Throws what `idOf` throws. */
export function peerIds<L extends Lists>(
  given: { readonly [K in L]?: readonly string[] | undefined },
  idOf: (ref: string) => string,
): { [K in L]?: string[] } {
  const lists = (["peers", "addPeers", "removePeers"] as L[]).filter((name) => given[name] !== undefined);
  return Object.fromEntries(lists.map((name) => [name, [...new Set(given[name]?.map(idOf))]])) as {
    [K in L]?: string[];
  };
}

/** What a new VM may reach: the internet, unless its maker says otherwise (NET-3). Throws what `idOf` throws. */
export function networkOf(
  params: Pick<VmCreateParams, "net" | "peers">,
  idOf: (ref: string) => string,
): NetworkSpec {
  return { net: params.net ?? "public", peers: [], ...peerIds({ peers: params.peers }, idOf) };
}

/** A VM's peers after a change: each once, and never itself. */
export function peersAfter(
  { id, spec }: Pick<VmRecord, "id" | "spec">,
  {
    addPeers = [],
    removePeers = [],
  }: { addPeers?: string[] | undefined; removePeers?: string[] | undefined },
): string[] {
  const all = new Set([...spec.peers, ...addPeers]);
  for (const each of [...removePeers, id]) all.delete(each);
  return [...all];
}

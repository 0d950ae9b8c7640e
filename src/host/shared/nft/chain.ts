import { bytesNumber } from "../../../shared/nft/bytes.ts";
import { invalid } from "../../host-error.ts";
import type {
  NftBase,
  NftByHandle,
  NftChain,
  NftChainInfo,
  NftChainRef,
  NftFamily,
  NftHook,
  NftTableRef,
} from "../../host-ops.ts";
import { Attributes, nested, text, u32, u64 } from "./attributes.ts";
import { indexIn, wordAt } from "./expr/codec.ts";
import { contentOf, type Message, NLM_F, type Request } from "./message.ts";
import { checkName, memberText } from "./names.ts";
import { inTable, TABLE } from "./table.ts";

const [HANDLE, NAME, HOOK, POLICY, USE, TYPE] = [2, 3, 4, 5, 6, 7]; // NFTA_CHAIN_
const [HOOKNUM, PRIORITY, DEVICE] = [1, 2, 3]; // NFTA_HOOK_
const POLICIES = ["drop", "accept"] as const; // NF_DROP, NF_ACCEPT
const TYPES = ["filter", "nat", "route"] as const;
// linux/netfilter.h NF_INET_, NF_ARP_, NF_NETDEV_
const INET: readonly NftHook[] = ["prerouting", "input", "forward", "output", "postrouting", "ingress"];
const HOOKS: Readonly<Record<NftFamily, readonly NftHook[]>> = {
  ...{ ip: INET.slice(0, 5), ip6: INET.slice(0, 5), inet: INET, bridge: INET.slice(0, 5) },
  ...{ arp: ["input", "output", "forward"], netdev: ["ingress", "egress"] },
};
/** Which hooks a type has. */
const HOOKS_OF = {
  filter: [...INET, "egress"],
  nat: ["prerouting", "input", "output", "postrouting"],
  route: ["output"],
} as const;
const INT32 = 2 ** 31;

// HOOK { HOOKNUM, PRIORITY (s32), DEV? }
function encodeBase({ table, name }: NftChainRef, base: NftBase): Uint8Array[] {
  const { hook, priority, device } = base;
  if (!Number.isInteger(priority) || priority < -INT32 || priority >= INT32) {
    throw invalid("nft", memberText({ table, name }), `priority ${priority} is no 32-bit integer`);
  }
  indexIn(TYPES, base.type);
  if (!(HOOKS_OF[base.type] as readonly NftHook[]).includes(hook)) {
    throw invalid("nft", memberText({ table, name }), `no chain of type ${base.type} at ${hook}`);
  }
  return [
    nested(
      HOOK,
      u32(HOOKNUM, indexIn(HOOKS[table.family], hook)),
      u32(PRIORITY, priority >>> 0),
      ...(device === undefined ? [] : [text(DEVICE, device)]),
    ),
    // Given only when asked for: on an existing chain it is a change.
    ...(base.policy === undefined ? [] : [u32(POLICY, indexIn(POLICIES, base.policy))]),
    text(TYPE, base.type),
  ];
}

// NEWCHAIN { TABLE, NAME, HOOK?, POLICY?, TYPE? }
export function addChain(chain: NftChain, exclusive: boolean): Request {
  const base = chain.base === undefined ? [] : encodeBase(chain, chain.base);
  return {
    ...{ name: "NEWCHAIN", family: chain.table.family },
    flags: NLM_F.CREATE | NLM_F.ECHO | (exclusive ? NLM_F.EXCL : 0),
    attributes: [inTable(chain.table), text(NAME, checkName(chain.name)), ...base],
  };
}

// DELCHAIN { TABLE, NAME | HANDLE }
export function deleteChain(chain: NftChainRef | NftByHandle): Request {
  const which = "handle" in chain ? u64(HANDLE, chain.handle) : text(NAME, checkName(chain.name));
  return {
    name: "DELCHAIN",
    family: chain.table.family,
    flags: 0,
    attributes: [inTable(chain.table), which],
  };
}

/** Of the whole family; what belongs to other tables is left out afterwards. */
export function listChains({ family }: NftTableRef): Request {
  return { name: "GETCHAIN", family, flags: NLM_F.DUMP, attributes: [] };
}

/** null of what is no chain's. Throws Malformed. */
export function decodeChain(message: Message): NftChainInfo | null {
  const content = contentOf(message, "NEWCHAIN");
  if (content === null) return null;
  const from = new Attributes(content.attributes);
  return {
    table: { family: content.family, name: from.text(TABLE) },
    name: from.text(NAME),
    handle: from.u64(HANDLE),
    base: from.has(HOOK) ? decodeBase(content.family, from) : null,
    uses: from.u32(USE),
  };
}

function decodeBase(family: NftFamily, from: Attributes): NftChainInfo["base"] {
  const hook = from.nested(HOOK);
  return {
    type: wordAt(TYPES, (TYPES as readonly string[]).indexOf(from.text(TYPE))),
    hook: wordAt(HOOKS[family], hook.u32(HOOKNUM)),
    priority: Number(BigInt.asIntN(32, bytesNumber(hook.bytes(PRIORITY), "network"))),
    policy: wordAt(POLICIES, from.u32(POLICY)),
    ...(hook.has(DEVICE) ? { device: hook.text(DEVICE) } : {}),
  };
}

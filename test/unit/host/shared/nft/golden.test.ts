import { describe, expect, it } from "vitest";
import type { NftCommand } from "../../../../../src/host/host-ops.ts";
import { encodeRequest, NLM_F } from "../../../../../src/host/shared/nft/message.ts";
import { plan } from "../../../../../src/host/shared/nft/plan.ts";
import { anonymous } from "./golden/anonymous.ts";
import { chains } from "./golden/chains.ts";
import { nat } from "./golden/nat.ts";
import { rules } from "./golden/rules.ts";
import { sets } from "./golden/sets.ts";
import { golden, type Shown, show, type Tree, without } from "./tree.ts";

const [NEWSET, NEWSETELEM, NEWRULE] = [0x0a09, 0x0a0c, 0x0a06];

/** What is nft's own affair: numbers of a transaction, notes to itself, and flags that only ask for answers. */
function comparable({ type, family, flags, tree }: Shown) {
  const asked = flags & ~(NLM_F.ACK | NLM_F.ECHO | NLM_F.EXCL);
  return {
    type,
    family,
    flags: asked,
    tree: type === NEWSET ? ofSet(tree) : type === NEWSETELEM ? ofElements(tree) : ofRule(type, tree),
  };
}

// Without NFTA_SET_ID and NFTA_SET_USERDATA.
function ofSet(tree: Tree): Tree {
  return without(without(tree, 10), 13);
}

// Without NFTA_SET_ELEM_LIST_SET_ID, and the elements in any order: nft has its own, and numbers them.
function ofElements(tree: Tree): Tree {
  return without(tree, 4).map(([type, content]) => {
    if (type !== 3 || typeof content === "string") return [type, content];
    const elements = content.map(([, element]) => [1, element] as const);
    return [type, elements.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))];
  });
}

/** By the expression's name, the attribute that only nft has. */
const OWN: Record<string, number> = {
  // NFTA_LOOKUP_SET_ID, NFTA_DYNSET_SET_ID, of a set of the same transaction
  lookup: 4,
  dynset: 2,
  // NFTA_NAT_FLAGS, NFTA_REDIR_FLAGS: that a port is given, which the kernel sees by itself
  nat: 7,
  redir: 3,
};

function ofRule(type: number, tree: Tree): Tree {
  if (type !== NEWRULE) return tree;
  return tree.map(([each, content]) => {
    if (each !== 4 || typeof content === "string") return [each, content];
    return [each, content.map(([elem, expression]) => [elem, ofExpression(expression as Tree)])];
  });
}

function ofExpression(expression: Tree): Tree {
  const name = Buffer.from(expression[0]?.[1] as string, "hex")
    .toString()
    .replace("\0", "");
  const own = OWN[name];
  return own === undefined ? expression : without(expression, 2, own);
}

describe.each(Object.entries({ anonymous, chains, sets, rules, nat }))(
  "%s",
  (name, commands: readonly NftCommand[]) => {
    it("are encoded as nft encodes them", () => {
      const ours = plan(commands).map(({ request }, i) => comparable(show(encodeRequest(request, i))));
      const theirs = golden(name).map(comparable);
      // nft has an order of its own, and says some things twice.
      const sorted = (messages: typeof ours) =>
        [...new Set(messages.map((each) => JSON.stringify(each)))].sort();
      expect(sorted(ours)).toEqual(sorted(theirs));
    });
  },
);

import type { Member } from "./member.ts";

/** Who may talk to whom: a pair stays as long as one of the two wants it. */
export class Pairs {
  readonly #wanted = new Map<string, number>();

  /** Of those that a member brings, the ones that nobody had: `[address, address]`. */
  add(member: Member): [string, string][] {
    return pairsOf(member).filter(([a, b]) => this.#count(a, b, 1) === 1);
  }

  /** The ones that nobody has any more. */
  remove(member: Member): [string, string][] {
    return pairsOf(member).filter(([a, b]) => this.#count(a, b, -1) === 0);
  }

  all(): [string, string][] {
    return [...this.#wanted.keys()].map((pair) => pair.split(" ") as [string, string]);
  }

  #count(a: string, b: string, by: 1 | -1): number {
    const pair = `${a} ${b}`;
    const wanted = (this.#wanted.get(pair) ?? 0) + by;
    if (wanted === 0) this.#wanted.delete(pair);
    else this.#wanted.set(pair, wanted);
    return wanted;
  }
}

/** In both orders: either may begin. */
function pairsOf({ address, peers }: Member): [string, string][] {
  return [...new Set(peers)].flatMap((peer): [string, string][] => [
    [address, peer],
    [peer, address],
  ]);
}

import type { Member, Pair } from "./member.ts";

/** Who may talk to whom: a pair stays as long as one of the two wants it. */
export class Pairs {
  readonly #wanted = new Map<string, number>();

  /** A guest as it was, or none, for what it is, or for none: pairs that nobody had, and those that nobody has any more. */
  replace(gone: Member | undefined, come: Member | undefined): { paired: Pair[]; unpaired: Pair[] } {
    // First those that come: what both have does not change.
    const paired = pairsOf(come).filter(([a, b]) => this.#count(a, b, 1) === 1);
    const unpaired = pairsOf(gone).filter(([a, b]) => this.#count(a, b, -1) === 0);
    return { paired, unpaired };
  }

  all(): Pair[] {
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
function pairsOf(member: Member | undefined): Pair[] {
  if (member === undefined) return [];
  return [...new Set(member.peers)].flatMap((peer): Pair[] => [
    [member.address, peer],
    [peer, member.address],
  ]);
}

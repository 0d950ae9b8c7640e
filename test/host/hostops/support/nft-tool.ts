import { execFileSync } from "node:child_process";

interface Listed {
  nftables: Record<string, Record<string, unknown>>[];
}

/** Runs it; what it prints. */
export function nft(...args: string[]): string {
  return execFileSync("nft", args, { encoding: "utf8" });
}

/** What there is of a kind: `chain`, `rule`, … */
export function listed(kind: string): Record<string, unknown>[] {
  const { nftables } = JSON.parse(nft("-j", "list", "ruleset")) as Listed;
  return nftables.flatMap((item) => (item[kind] === undefined ? [] : [item[kind]]));
}

/** The rules of a chain as `nft` writes them. */
export function rulesOf(of: { family: string; name: string }, chain: string): string[] {
  const lines = nft("list", "chain", of.family, of.name, chain).split("\n");
  return lines.map((line) => line.trim()).filter((line) => !/^(table|chain|type|\}|$)/.test(line));
}

import type { NftOwnSet } from "../../host-ops.ts";

/** What the kernel makes a name of, by a number that is free. */
export function ownSetName({ data }: NftOwnSet): string {
  return data === undefined ? "__set%d" : "__map%d";
}

import type { NftChainInfo, NftElementInfo, NftExpression, NftSetInfo, NftTableRef } from "../host-ops.ts";

export interface FakeNftTable extends NftTableRef {
  handle: bigint;
  dormant: boolean;
  readonly owned: boolean;
  lastHandle: bigint;
  chains: Map<string, FakeNftChain>;
  sets: Map<string, FakeNftSet>;
}

export interface FakeNftChain {
  handle: bigint;
  base: NftChainInfo["base"];
  rules: { handle: bigint; expressions: readonly NftExpression[]; comment: string | null }[];
}

export interface FakeNftSet {
  info: NftSetInfo;
  /** By their keys' bytes, in hex. */
  elements: Map<string, FakeNftElement>;
}

export interface FakeNftElement {
  from: Uint8Array;
  to: Uint8Array;
  info: NftElementInfo;
  /** Of the fake's clock. */
  endsMs: number | null;
}

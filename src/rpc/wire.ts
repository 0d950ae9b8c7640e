import type { Settings } from "node:http2";

/** `<version>+<commit>` of the client, in every request. */
export const BUILD_HEADER = "banger-build";

/** How a stream of bytes ended: `complete`, or an ErrorBody as JSON, percent-encoded. A stream without it was cut short. */
export const END_TRAILER = "banger-end";
export const COMPLETE = "complete";

/** Most bytes of one JSON-RPC request. */
export const MAX_BODY_BYTES = 1024 ** 2;

/** Bytes that one side may send before the other has consumed any, on the whole connection. */
export const SESSION_WINDOW_BYTES = 16 * 1024 ** 2;

/** Node's own limit of a session's memory, in MB: above the window, or a slow reader would look like an attack. */
export const SESSION_MEMORY_MB = 64;

/** The same on one stream: enough that 64 MiB flow without waiting, small enough that memory stays flat. */
export const SETTINGS: Settings = {
  initialWindowSize: 1024 ** 2,
  maxConcurrentStreams: 1024,
  enablePush: false,
};

/** Codes of JSON-RPC 2.0. */
export const JSON_RPC = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  /** An ErrorBody is in `data`. */
  failed: -32_000,
} as const;

import type { Http2Session } from "node:http2";

/** One client: one connection to the daemon, whatever it asks on it. */
export interface ClientConnection {
  readonly closed: boolean;
  /** `listener` is called once when the client has gone, however it went (RUN-4); at once when it is gone already. Returns how to take it back. */
  onClose(listener: () => void): () => void;
}

export function connectionOf(session: Http2Session): ClientConnection {
  // One for each VM that goes with its client.
  session.setMaxListeners(0);
  return {
    get closed() {
      return session.closed || session.destroyed;
    },
    onClose(listener) {
      if (session.destroyed) {
        queueMicrotask(listener);
        return () => undefined;
      }
      session.once("close", listener);
      return () => void session.off("close", listener);
    },
  };
}

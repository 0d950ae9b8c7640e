import type { Client } from "../../../../../src/services/vm/service.ts";

/** A client that is there until it is told to go. */
export function client(): Client & { go(): void } {
  const listeners: (() => void)[] = [];
  return {
    onClose: (listener) => void listeners.push(listener),
    go: () => {
      for (const listener of listeners) listener();
    },
  };
}

import { constants } from "node:os";

export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT";
export const END_SIGNALS: readonly EndSignal[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** Where signals come from: the process, or a test. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** Number of a signal, as in 128+n. */
export function signalNumber(signal: NodeJS.Signals): number {
  return constants.signals[signal];
}

export function statusOfSignal(signal: NodeJS.Signals): number {
  return 128 + signalNumber(signal);
}

/** Listens to the signals that end a program, until the returned function is called. */
export function onEndSignals(source: SignalSource, listener: (signal: EndSignal) => void): () => void {
  const listeners = END_SIGNALS.map((signal) => [signal, () => listener(signal)] as const);
  for (const [signal, each] of listeners) source.on(signal, each);
  return () => {
    for (const [signal, each] of listeners) source.off(signal, each);
  };
}

/** A signal ended what was under way, in good order: nothing more to say, only the status to pass on. */
export class Interrupted extends Error {
  readonly signal: EndSignal;

  constructor(signal: EndSignal) {
    super(`interrupted by ${signal}`);
    this.name = "Interrupted";
    this.signal = signal;
  }

  get status(): number {
    return statusOfSignal(this.signal);
  }
}

import { toHostError } from "../native-error.ts";
import type { Addon } from "./addon.ts";

type Call = (...args: unknown[]) => unknown;

/** The addon as seen from the network namespace bound on `path`: what its functions open, they open there. */
export function inNetns(addon: Addon, path: string): Addon {
  const entered = (call: Call): Call => {
    return (...args) => {
      try {
        const result = addon.netnsCall(path, () => call(...args));
        return result instanceof Promise ? result.catch((error: unknown) => rethrow(error, path)) : result;
      } catch (error) {
        return rethrow(error, path);
      }
    };
  };
  const all = <T extends object>(functions: T): T =>
    new Proxy(functions, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === "sync") return all(value as object);
        return typeof value === "function" ? entered(value as Call) : value;
      },
    });
  return all(addon);
}

/** Of the namespace itself it is what its errno says, whatever that means of the object that the call was about. */
function rethrow(error: unknown, path: string): never {
  const ofNamespace = error instanceof Error && "object" in error && error.object === path;
  throw ofNamespace ? toHostError(error, path) : error;
}

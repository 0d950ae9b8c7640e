import path from "node:path";

/** For the environment of programs that are run from the sources, time and again: what Node has made of those is kept, and half of the start is saved. */
export const COMPILED = {
  NODE_COMPILE_CACHE: path.resolve(import.meta.dirname, "../../build/test/compile-cache"),
};

import { mkdirSync } from "node:fs";
import path from "node:path";
import { replaceIfChanged } from "./files.ts";

/**
 * The program that a person starts: a shell script that becomes Node with the bundle. It finds everything from its own place, so that
 * the tree can be moved; the Node is the one that `scripts/toolchain` settled on at build time, or, in the npm package, PATH's.
 * No process is started on the way (a symlink to it costs one).
 */
export function launcher(file: string): string {
  return `#!/bin/sh
self=$0
[ ! -h "$self" ] || self=$(readlink -f "$self")
here=\${self%/*}
[ "$here" != "$self" ] || here=.
node=$here/../toolchain/bin/node
[ -x "$node" ] || node=node
exec "$node" -- "$here/../lib/${file}" "$@"
`;
}

export function makeLauncher(top: string, name: string, file: string): boolean {
  mkdirSync(path.join(top, "build/bin"), { recursive: true });
  return replaceIfChanged(path.join(top, "build/bin", name), launcher(file), 0o755);
}

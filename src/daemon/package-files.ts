import path from "node:path";

/** Files of the package that the daemon reads: beside `build/lib/bangerd.js`, or beside the sources. */
export interface PackageFiles {
  /** The catalog's directory. */
  readonly catalog: string;
  /** The static guest binary. */
  readonly agent: string;
}

/** `entry` is the directory of the running program, `<root>/build/lib` or `<root>/src/bin`: both are two below the package's root. */
export function packageFiles(entry: string): PackageFiles {
  const root = path.resolve(entry, "../..");
  return { catalog: path.join(root, "catalog"), agent: path.join(root, "build/agent/banger-agent") };
}

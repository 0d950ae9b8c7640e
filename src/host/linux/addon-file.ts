import { readdirSync } from "node:fs";
import path from "node:path";

/**
 * Where the addon may be, below the package's root, best first: prebuilt ones as prebuildify lays them out
 * (`prebuilds/linux-x64/banger-vm.glibc.node`, `….musl.node`), then what was compiled here. Which libc this Node has is not asked: the
 * linker refuses the other one's, and the next is tried.
 */
export function addonFiles(root: string): string[] {
  const directory = path.join(root, "prebuilds", `${process.platform}-${process.arch}`);
  return [
    ...prebuilt(directory).map((name) => path.join(directory, name)),
    path.join(root, "build/native/banger.node"),
  ];
}

function prebuilt(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".node"))
      .sort();
  } catch {
    return []; // a checkout has none
  }
}

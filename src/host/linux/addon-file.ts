import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/**
 * Where the addon may be, below the package's root, best first: what was compiled here, then prebuilt ones as prebuildify lays them out
 * (`prebuilds/linux-x64/banger-vm.glibc.node`, `….musl.node`). Which libc this Node has is not asked: the linker refuses the other
 * one's, and the next is tried.
 */
export function addonFiles(root: string): string[] {
  const directory = path.join(root, "prebuilds", `${process.platform}-${process.arch}`);
  return [
    path.join(root, "build/native/banger.node"),
    ...entries(directory)
      .filter((name) => name.endsWith(".node"))
      .map((name) => path.join(directory, name)),
  ];
}

/** Why there is no addon, and what to do: in a checkout, in an installed package, and where none can be. */
export function withoutAddon(
  root: string,
  { platform, arch }: Pick<NodeJS.Process, "platform" | "arch"> = process,
): { detail: string; next: string } {
  if (platform !== "linux") {
    return {
      detail: `the native addon asks Linux's kernel, and this is ${platform}`,
      next: "use it on Linux; `banger-vm/host/fake` works here",
    };
  }
  // A package has none.
  if (existsSync(path.join(root, "Makefile"))) {
    return { detail: "the native addon is not built", next: "compile it with `make build`" };
  }
  const there = entries(path.join(root, "prebuilds"));
  const have = there.length === 0 ? "none at all" : `only ${there.join(", ")}`;
  return {
    detail: `this package has no prebuilt addon for ${platform}-${arch} (${have})`,
    next: `compile it, with g++ 12 or later and cmake: \`cd ${quoted(root)} && npx --yes cmake-js@8 compile --directory native --out build/native/cmake\``,
  };
}

/** For a shell. */
function quoted(file: string): string {
  return /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
}

/** None where there is no such directory. */
function entries(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

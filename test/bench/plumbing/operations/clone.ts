import { rm } from "node:fs/promises";
import path from "node:path";
import type { Bench, Operation } from "../operation.ts";
import { type Ground, makeFile, type Place } from "../place.ts";

const DATA_BYTES = 8 * 2 ** 20;

/** New files from others: blocks shared, or copied around the holes. */
export async function cloneOperations({ host }: Bench, { plain, sharing }: Place): Promise<Operation[]> {
  const common = async (ground: Ground) => {
    const source = await makeFile(path.join(ground.directory, "data"), DATA_BYTES);
    const prepare = async (run: number) => path.join(ground.directory, `clone-${run}`);
    return { source, prepare, undo: (target: string) => rm(target, { force: true }) };
  };
  const shared = typeof sharing === "string" ? null : await common(sharing);
  const copied = await common(plain);
  const { source } = copied;
  return [
    {
      name: "reflink-clone",
      obstacle: typeof sharing === "string" ? sharing : null,
      ...(shared ?? copied),
      c: (target) => `reflink ${shared?.source} ${target}`,
      addon: (target) => host.clone.reflink(shared?.source ?? "", target),
      tools: (tool, target) => tool("cp", "--reflink=always", shared?.source ?? "", target),
    },
    {
      name: "sparse-copy",
      ...copied,
      c: (target) => `copy ${source} ${target}`,
      addon: (target) => host.clone.copy(source, target),
      tools: (tool, target) => tool("cp", "--reflink=never", source, target),
    },
  ];
}

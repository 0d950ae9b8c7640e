import { z } from "zod";
import type { HandlesStore } from "../domain/stores.ts";
import type { HandlesOfRecord, VmHandles, VmPaths } from "../domain/vm.ts";
import { type FileWriter, readJsonFile, removeJsonFile, writeJsonFile } from "./json-file.ts";

const handlesSchema = z.strictObject({
  version: z.literal(1),
  vmId: z.string().regex(/^[0-9a-f]{32}$/),
  bootToken: z.string().regex(/^[0-9a-f]{32}$/),
  vmm: z.enum(["qemu", "firecracker"]),
  storage: z.enum(["reflink", "dm-snapshot", "overlay", "copy"]),
  imageId: z.string().regex(/^[0-9a-f]{32}$/),
  uid: z.int().nonnegative(),
  tap: z.string().min(1).max(15),
  cgroup: z.string().nullable(),
  process: z
    .strictObject({
      pid: z.int().positive(),
      startTimeTicks: z
        .string()
        .regex(/^\d+$/)
        .transform((digits) => BigInt(digits)),
      bootId: z.string().min(1),
      uid: z.int().nonnegative(),
    })
    .nullable(),
  startedAt: z.string().nullable(),
  accelerator: z.enum(["kvm", "tcg"]),
  vcpu: z.int().positive(),
  memoryMib: z.int().positive(),
});

/** A VM whose record is gone: the builds that did not write these keys had one VMM, and nothing to detach from a root disk. */
const EARLIER: HandlesOfRecord = {
  vmm: "qemu",
  storage: "copy",
  imageId: "0".repeat(32),
  vcpu: 1,
  memoryMib: 1,
};

/** `handles.json` of each VM (ST-4): 0600, replaced atomically. */
export class HandlesFile implements HandlesStore {
  readonly #files: FileWriter;

  constructor(files: FileWriter) {
    this.#files = files;
  }

  /** As {@link readHandlesFile}. */
  read(paths: Pick<VmPaths, "handles">, known?: HandlesOfRecord): Promise<VmHandles | null> {
    return readHandlesFile(paths, known);
  }

  /** Throws ERR_NO_SPACE, or a HostError. */
  async write(paths: Pick<VmPaths, "handles">, handles: VmHandles): Promise<void> {
    await writeJsonFile(this.#files, paths.handles, handles);
  }

  async remove(paths: Pick<VmPaths, "handles">): Promise<void> {
    await removeJsonFile(paths.handles);
  }
}

/**
 * Null: it does not run, and nothing of it is on the host. `known` is for keys that an earlier build did not write: its VMs run on over an
 * update. Throws ERR_STATE_FILE_INVALID.
 */
export async function readHandlesFile(
  paths: Pick<VmPaths, "handles">,
  known = EARLIER,
): Promise<VmHandles | null> {
  const filled = (raw: unknown) => (isObject(raw) ? { ...known, ...raw } : raw);
  return await readJsonFile(paths.handles, z.unknown().transform(filled).pipe(handlesSchema));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { describe, expect, it } from "vitest";
import type { RootDiskDriver } from "../../../src/domain/ports.ts";
import type { StorageKind } from "../../../src/domain/vm.ts";
import { pickStorage } from "../../../src/storage/pick-storage.ts";

const KERNEL = { overlay: true };

function drivers(works: Partial<Record<StorageKind, boolean>>): ReadonlyMap<StorageKind, RootDiskDriver> {
  const kinds = Object.keys(works) as StorageKind[];
  return new Map(
    kinds.map((kind) => [
      kind,
      {
        kind,
        available: async () => ({ ok: works[kind] === true, reason: `${kind}: ${works[kind]}` }),
        spaceNeeded: async () => 0,
        create: async () => undefined,
        attach: () => Promise.reject(new Error("not here")),
        detach: async () => undefined,
        usage: async () => Promise.reject(new Error("not asked for")),
      },
    ]),
  );
}

describe("pickStorage", () => {
  it("prefers reflink, and says why it took what it took", async () => {
    const all = drivers({ reflink: true, copy: true });
    expect(await pickStorage("auto", "/s", all, KERNEL)).toEqual({
      kind: "reflink",
      reason: "reflink: true",
    });
    const some = drivers({ reflink: false, copy: true });
    expect(await pickStorage("auto", "/s", some, KERNEL)).toEqual({
      kind: "copy",
      reason: "reflink: false; copy: true",
    });
  });

  it("takes or refuses what the user named", async () => {
    const some = drivers({ reflink: false, copy: true });
    expect((await pickStorage("copy", "/s", drivers({ reflink: true, copy: true }), KERNEL)).kind).toBe(
      "copy",
    );
    await expect(pickStorage("reflink", "/s", some, KERNEL)).rejects.toMatchObject({
      code: "ERR_STORAGE_UNAVAILABLE",
    });
  });

  it("offers an overlay only for a kernel that has overlayfs (DSK-2)", async () => {
    const all = drivers({ reflink: false, overlay: true, copy: true });
    expect((await pickStorage("auto", "/s", all, KERNEL)).kind).toBe("overlay");
    const without = { overlay: false };
    expect(await pickStorage("auto", "/s", all, without)).toEqual({
      kind: "copy",
      reason: "reflink: false; the guest's kernel has no overlayfs; copy: true",
    });
    await expect(pickStorage("overlay", "/s", all, without)).rejects.toMatchObject({
      code: "ERR_STORAGE_UNAVAILABLE",
      message: expect.stringContaining("overlayfs"),
    });
  });
});

import { describe, expect, it } from "vitest";
import type { RootDiskUsage } from "../../../../src/domain/ports.ts";
import type { Machine } from "../../../../src/services/vm/machines.ts";
import { RootDiskWatch } from "../../../../src/services/vm/root-disk-watch.ts";

const GIB = 2 ** 30;
const fine: RootDiskUsage = {
  usedBytes: GIB,
  totalBytes: 8 * GIB,
  room: "snapshot",
  invalid: false,
  full: false,
  hostFreeBytes: 100 * GIB,
};

describe("the watch", () => {
  function world() {
    const usages = new Map<string, RootDiskUsage | Error>();
    const told: string[] = [];
    const log = (fields: object, text: string) => told.push(`${(fields as { name: string }).name}: ${text}`);
    const watch = new RootDiskWatch({
      running: () => [...usages.keys()].map((id) => ({ vm: { id, name: id } }) as Machine),
      usage: async ({ vm }) => {
        const usage = usages.get(vm.id) ?? fine;
        if (usage instanceof Error) throw usage;
        return usage;
      },
      logger: { debug: log, info: log, warn: log, error: log },
    });
    return { usages, told, watch };
  }

  it("tells each trouble of a VM once, and again when it had gone", async () => {
    const { usages, told, watch } = world();
    usages.set("a", fine).set("other", fine);
    await watch.look();
    expect(told).toEqual([]);
    usages.set("a", { ...fine, usedBytes: 7 * GIB });
    for (let look = 0; look < 3; look += 1) await watch.look();
    expect(told).toEqual([expect.stringMatching(/^a: root disk: 87 %/)]);
    usages.set("a", { ...fine, invalid: true });
    for (let look = 0; look < 3; look += 1) await watch.look();
    expect(told).toEqual([expect.anything(), expect.stringMatching(/^a: root disk: .*lost/)]);
    usages.set("a", fine);
    await watch.look();
    usages.set("a", { ...fine, invalid: true });
    await watch.look();
    expect(told).toHaveLength(3);
  });

  it("one that cannot be looked at does not hide the others, and is told once", async () => {
    const { usages, told, watch } = world();
    usages.set("a", new Error("EIO")).set("b", { ...fine, full: true });
    for (let look = 0; look < 2; look += 1) await watch.look();
    expect(told).toEqual([
      "a: root disk: it cannot be looked at: EIO",
      "b: root disk: no room for changes is left: every write fails",
    ]);
    usages.delete("a");
    await watch.look();
    usages.set("a", new Error("EIO"));
    await watch.look();
    expect(told).toHaveLength(3);
  });
});

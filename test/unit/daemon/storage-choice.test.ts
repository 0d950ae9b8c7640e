import { expect, it } from "vitest";
import { storageChoice } from "../../../src/daemon/storage-choice.ts";
import type { StorageKind } from "../../../src/domain/vm.ts";

function host(setting: StorageKind | "auto", first: StorageKind) {
  const host = { works: first, modules: "", asked: 0 };
  const choose = storageChoice(
    setting,
    async () => {
      host.asked += 1;
      return { kind: host.works, reason: "" };
    },
    async () => host.modules,
  );
  return Object.assign(host, { kind: async () => (await choose({ overlay: true })).kind });
}

it.each(["overlay", "copy"] as const)(
  "%s gives way to dm-snapshot once its module is loaded",
  async (first) => {
    const now = host("auto", first);
    expect([await now.kind(), await now.kind(), now.asked]).toEqual([first, first, 1]);
    now.works = "dm-snapshot";
    now.modules = "dm_snapshot\n";
    expect([await now.kind(), await now.kind(), now.asked]).toEqual(["dm-snapshot", "dm-snapshot", 2]);
  },
);

it.each([
  ["auto", "reflink"],
  ["auto", "dm-snapshot"],
  ["overlay", "overlay"],
] as const)("%s: %s is asked for once", async (setting, kind) => {
  const now = host(setting, kind);
  await now.kind();
  now.modules = "dm_snapshot\n";
  expect([await now.kind(), now.asked]).toEqual([kind, 1]);
});

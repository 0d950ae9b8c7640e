import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ImageRecord } from "../../../src/domain/image.ts";
import type { VmReservation } from "../../../src/domain/stores.ts";
import { openState, type State, type StateOptions } from "../../../src/state/database.ts";

export const OPTIONS: StateOptions = { networkCidr: "172.30.0.0/16", slots: 65_535, version: "1.0.0" };

export const IMAGE: ImageRecord = {
  id: "img",
  name: "debian-bookworm",
  kernelName: "cloud",
  source: "debian",
  rootfsBytes: 700_000_000,
  seedBytes: 4_000_000,
  createdAt: "2026-01-01T00:00:00.000Z",
};

export function idOf(number: number): string {
  return number.toString(16).padStart(32, "0");
}

export function reservation(number: number, name: string | undefined = `vm-${number}`): VmReservation {
  return {
    id: idOf(number),
    name,
    imageId: IMAGE.id,
    imageName: IMAGE.name,
    kernelName: IMAGE.kernelName,
    spec: {
      vcpu: 2,
      memoryMib: 2048,
      diskSizeBytes: 8 * 1024 ** 3,
      overlaySizeBytes: 4 * 1024 ** 3,
      vmm: "qemu",
      storage: "copy",
      net: "public",
      peers: [],
      publish: [],
    },
    autoRemove: false,
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

export interface Directory extends Disposable {
  readonly path: string;
  readonly file: string;
}

export function directory(): Directory {
  const made = mkdtempSync(path.join(os.tmpdir(), "banger-state-"));
  return {
    path: made,
    file: path.join(made, "state.db"),
    [Symbol.dispose]: () => rmSync(made, { recursive: true, force: true }),
  };
}

/** A state with one image, gone at the end of the test. */
export function stateWithImage(options: Partial<StateOptions> = {}): State & Disposable {
  const place = directory();
  const state = openState(place.file, { ...OPTIONS, ...options });
  state.images.insert(IMAGE);
  return Object.assign(state, {
    [Symbol.dispose]() {
      state.close();
      place[Symbol.dispose]();
    },
  });
}

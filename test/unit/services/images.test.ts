import { expect, it } from "vitest";
import type { ImageRecord, KernelRecord } from "../../../src/domain/image.ts";
import type { ImageLibrary, ImageStore } from "../../../src/domain/stores.ts";
import { ImageService } from "../../../src/services/images.ts";
import { KeyedLocks } from "../../../src/services/locks.ts";

const image = { id: "1", name: "img", kernelName: "k" } as ImageRecord;
const kernel = { name: "k" } as KernelRecord;

function service(kernels: readonly KernelRecord[]): ImageService {
  const store: Partial<ImageStore> = { byName: (name) => (name === image.name ? image : null) };
  const library: Partial<ImageLibrary> = {
    kernel: async (name) => kernels.find((each) => each.name === name) ?? null,
  };
  return new ImageService(store as ImageStore, library as ImageLibrary, new KeyedLocks(), () => "id");
}

it("an image is here when its kernel is, too (IMG-3)", async () => {
  expect(await service([kernel]).local("img")).toEqual({ image, kernel });
  expect(await service([]).local("img")).toBeNull();
  expect(await service([kernel]).local("other")).toBeNull();
});

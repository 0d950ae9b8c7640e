import os from "node:os";
import { expect, it } from "vitest";
import type { Addon, NativeAddress } from "../../../../src/host/linux/addon.ts";
import { LinuxAddress } from "../../../../src/host/linux/address.ts";

it("takes an address for the one that is there only with its peer", async () => {
  const there: NativeAddress = ["bgr0", Uint8Array.of(10, 0, 0, 1), 24, Uint8Array.of(10, 0, 0, 2), 0, 0];
  const addon = {
    addressAdd: () =>
      Promise.reject(
        Object.assign(new Error("EEXIST"), { errno: -os.constants.errno.EEXIST, syscall: "add" }),
      ),
    addressDump: async () => [there],
  } as unknown as Addon;
  const address = new LinuxAddress(addon);
  await address.add("bgr0", "10.0.0.1/24", { peer: "10.0.0.2" });
  for (const options of [{}, { peer: "10.0.0.3" }])
    await expect(address.add("bgr0", "10.0.0.1/24", options)).rejects.toMatchObject({ errnoCode: "EEXIST" });
});

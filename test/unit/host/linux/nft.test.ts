import { describe, expect, it } from "vitest";
import { HostError } from "../../../../src/host/host-error.ts";
import type { Addon } from "../../../../src/host/linux/addon.ts";
import { LinuxNft } from "../../../../src/host/linux/nft.ts";
import { attribute, text } from "../../../../src/host/shared/nft/attributes.ts";
import { message } from "../shared/netlink-bytes.ts";

/** A kernel that answers each listing with one table, of these attributes. */
function kernelWith(...attributes: Uint8Array[]): LinuxNft {
  return kernel(attributes, (sequence) => message(3, sequence, new Uint8Array(4)));
}

function kernel(attributes: Uint8Array[], end: (sequence: number) => Uint8Array): LinuxNft {
  const socket = {
    close: async () => {},
    dump: async (request: Uint8Array) => {
      const sequence = Buffer.from(request).readUInt32LE(8);
      const table = Buffer.concat([Uint8Array.of(1, 0, 0, 0), ...attributes]);
      return Buffer.concat([message(0xa00, sequence, table), end(sequence)]);
    },
  };
  return new LinuxNft({ netfilterOpen: async () => socket } as unknown as Addon, "kept");
}

describe("a listing that we cannot read", () => {
  it("is EBADMSG where its end is missing, or cut off", async () => {
    const whole = [
      text(1, "t"),
      attribute(2, new Uint8Array(4)),
      attribute(3, new Uint8Array(4)),
      attribute(4, new Uint8Array(8)),
    ];
    for (const end of [
      () => new Uint8Array(),
      (sequence: number) => message(3, sequence, new Uint8Array(4)).subarray(0, 18),
      (sequence: number) => message(3, sequence + 1, new Uint8Array(4)),
    ]) {
      await expect(kernel(whole, end).tables()).rejects.toMatchObject({ errnoCode: "EBADMSG" });
    }
    expect(await kernelWith(...whole).tables()).toMatchObject([{ name: "t" }]);
  });

  it("is EBADMSG, as of every other reply", async () => {
    const found = await kernelWith(text(1, "t"), attribute(4, new Uint8Array(3)))
      .tables()
      .catch((error) => error);
    expect(found).toBeInstanceOf(HostError);
    expect(found).toMatchObject({
      code: "ERR_HOST_IO",
      errnoCode: "EBADMSG",
      syscall: "netlink(NFT_MSG_GETTABLE)",
      object: "nf_tables",
    });
  });
});

import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import os from "node:os";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../../src/host/linux/addon.ts";
import type { NftCommand } from "../../../src/host/ops/nft.ts";
import { encodeRequest, messagesOf } from "../../../src/host/shared/nft/message.ts";
import { listTables } from "../../../src/host/shared/nft/table.ts";
import { expectHostError } from "../../contract/support/errors.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { table } from "./support/guest-network.ts";

describe("the socket of nftables", () => {
  it("is of no use after an exchange that failed; another is", async () => {
    const socket = await loadAddon().netfilterOpen();
    // More than the socket's room.
    await expect(socket.dump(new Uint8Array(16 << 20))).rejects.toMatchObject({
      errno: -os.constants.errno.EMSGSIZE,
    });
    await expect(socket.dump(new Uint8Array(20))).rejects.toMatchObject({ errno: -os.constants.errno.EBADF });
    await socket.close();
    const another = await loadAddon().netfilterOpen();
    const request = encodeRequest(listTables(), 7);
    expect(messagesOf(await another.dump(request)).map(({ sequence }) => sequence)).toContain(7);
    await another.close();
    await another.close();
  });

  it("keeps one socket, and gives it back", async () => {
    const descriptors = () => readdirSync("/proc/self/fd").length;
    const another = openReal();
    const before = descriptors();
    for (let round = 0; round < 200; round++) {
      await Promise.all([
        another.nft.apply([{ op: "add-table", table }]),
        another.nft.apply([{ op: "delete-table", table }]),
        another.nft.tables(),
      ]);
    }
    expect(descriptors()).toBe(before + 1);
    await another.close();
    expect(descriptors()).toBe(before);
    await expect(another.nft.tables()).rejects.toMatchObject({ code: "ERR_HOST_CLOSED" });
  });

  it("owns a table: nobody else changes or flushes it, and it goes with the socket", async () => {
    const [owner, other] = [openReal(), openReal()];
    const names = async () => (await other.nft.tables()).map(({ name }) => name);
    await owner.nft.apply([{ op: "add-table", table: { ...table, owned: true } }]);
    const chain: NftCommand = { op: "add-chain", chain: { table, name: "forward" } };
    await expectHostError(other.nft.apply([chain]), "ERR_HOST_PERMISSION", "EPERM");
    execFileSync("nft", ["flush", "ruleset"]);
    expect(await names()).toEqual([table.name]);
    await owner.nft.apply([chain]);
    await owner.close();
    expect(await names()).toEqual([]);
    await other.close();
  });
});

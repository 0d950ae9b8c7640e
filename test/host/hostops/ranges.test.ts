import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectHostError } from "../../contract/support/errors.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";
import { type Mounted, mountFilesystem } from "../../support/filesystem.ts";

const MIB = 1024 * 1024;

describe.each(["xfs", "ext4"] as const)("parts of files on %s", (type) => {
  const host = openReal();
  const scratch = useScratch();
  let mounted: Mounted | undefined;
  beforeAll(async () => {
    mounted = await mountFilesystem(type, "400M");
  });
  afterAll(async () => {
    await mounted?.close();
    await host.close();
  });

  const at = (name: string) => path.join(mounted?.directory ?? "", name);
  const blocks = (file: string) => statSync(file).blocks * 512;
  function free(): number {
    execFileSync("sync", ["-f", at(".")]);
    const { bavail, bsize } = statfsSync(at("."));
    return bavail * bsize;
  }

  it("a preallocated file has its room, and a hole gives room back", async () => {
    const file = at("preallocated");
    writeFileSync(file, "");
    await host.clone.preallocate(file, { offsetBytes: 0n, lengthBytes: BigInt(32 * MIB) });
    expect([statSync(file).size, blocks(file)]).toEqual([32 * MIB, 32 * MIB]);
    const before = free();
    await host.clone.punchHole(file, { offsetBytes: BigInt(8 * MIB), lengthBytes: BigInt(16 * MIB) });
    expect([statSync(file).size, blocks(file)]).toEqual([32 * MIB, 16 * MIB]);
    expect(free() - before).toBeGreaterThan(15 * MIB);
    await host.clone.preallocate(file, {
      offsetBytes: BigInt(32 * MIB),
      lengthBytes: BigInt(8 * MIB),
      keepSize: true,
    });
    expect([statSync(file).size, blocks(file)]).toEqual([32 * MIB, 24 * MIB]);
  });

  it("has the size of before when there is no room", async () => {
    const file = at("too-large");
    writeFileSync(file, "data");
    const before = free();
    const range = { offsetBytes: 0n, lengthBytes: 2n ** 30n };
    await expectHostError(host.clone.preallocate(file, range), "ERR_HOST_NO_SPACE", "ENOSPC");
    await expectHostError(
      host.clone.preallocate(file, { ...range, keepSize: true }),
      "ERR_HOST_NO_SPACE",
      "ENOSPC",
    );
    expect(readFileSync(file, "utf8")).toBe("data");
    expect(Math.abs(free() - before)).toBeLessThan(MIB);
  });

  it("shares a range, or says that it cannot", async () => {
    const [source, target] = [at("source"), at("target")];
    const data = randomBytes(16 * MIB);
    writeFileSync(source, data);
    writeFileSync(target, "");
    const range = { source, target, targetOffsetBytes: BigInt(4 * MIB) };
    if (type === "ext4") {
      await expectHostError(host.clone.reflinkRange(range), "ERR_HOST_UNSUPPORTED", "EOPNOTSUPP");
    } else {
      const before = free();
      await host.clone.reflinkRange(range);
      expect(before - free()).toBeLessThan(2 * MIB);
      expect(
        readFileSync(target)
          .subarray(4 * MIB)
          .equals(data),
      ).toBe(true);
      // Within one file: its second half becomes its first.
      const half = BigInt(8 * MIB);
      await host.clone.reflinkRange({ source, target: source, lengthBytes: half, targetOffsetBytes: half });
      expect(
        readFileSync(source)
          .subarray(8 * MIB)
          .equals(data.subarray(0, 8 * MIB)),
      ).toBe(true);
    }
    writeFileSync(scratch.path("elsewhere"), "");
    await expectHostError(
      host.clone.reflinkRange({ source, target: scratch.path("elsewhere") }),
      "ERR_HOST_UNSUPPORTED",
    );
  });

  it("a copy is the same, whatever holes it has", async () => {
    const part = fc.record({ isHole: fc.boolean(), bytes: fc.integer({ min: 1, max: 40_000 }) });
    const layouts = fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
      const [source, target] = [at("layout"), at("layout-copy")];
      const bytes = Buffer.concat(parts.map((each) => Buffer.alloc(each.bytes, each.isHole ? 0 : "d")));
      writeFileSync(source, bytes);
      let offset = 0;
      for (const each of parts) {
        const range = { offsetBytes: BigInt(offset), lengthBytes: BigInt(each.bytes) };
        if (each.isHole) await host.clone.punchHole(source, range);
        offset += each.bytes;
      }
      await host.clone.copy(source, target);
      expect(readFileSync(target).equals(bytes)).toBe(true);
      rmSync(target);
      rmSync(source);
    });
    await fc.assert(layouts, { numRuns: 40 });
  });

  it("a copy that is ended gives its room back", async () => {
    const [source, target] = [at("large"), at("copy")];
    writeFileSync(source, randomBytes(64 * MIB));
    const before = free();
    const stop = new AbortController();
    const told: bigint[] = [];
    const copy = host.clone.copy(source, target, {
      signal: stop.signal,
      onProgress: ({ dataBytes }) => {
        told.push(dataBytes);
        if (told.length === 2) stop.abort(new Error("enough"));
      },
    });
    await expect(copy).rejects.toThrow("enough");
    expect(told).toEqual([BigInt(16 * MIB), BigInt(32 * MIB)]);
    expect(existsSync(target)).toBe(false);
    expect(Math.abs(free() - before)).toBeLessThan(MIB);
    await host.clone.copy(source, target, { signal: new AbortController().signal });
    expect(readFileSync(target).equals(readFileSync(source))).toBe(true);
  });
});

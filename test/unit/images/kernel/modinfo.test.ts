import fc from "fast-check";
import { expect, test } from "vitest";
import { parseBuiltinModinfo, parseModinfo, readModuleInfo } from "../../../../src/images/kernel/modinfo.ts";
import { errorCode } from "../../../../src/shared/errors.ts";
import { moduleElf } from "./module-elf.ts";

test("depends and soft dependencies, with dashes made underscores", () => {
  const strings = [
    "license=GPL",
    "depends=virtio,virtio-ring",
    "softdep=pre: crc32c a-b post: c",
    "alias=x=y",
    "",
  ];
  expect(parseModinfo(strings)).toEqual({
    depends: ["virtio", "virtio_ring"],
    softBefore: ["crc32c", "a_b"],
  });
});

test("no dependencies", () => {
  expect(parseModinfo(["depends="])).toEqual({ depends: [], softBefore: [] });
});

test("what is built in", () => {
  const info = parseBuiltinModinfo("ext4.license=GPL\0ext4.softdep=pre: crc32c\0virtio-rng.depends=a.b\0");
  expect(info.get("ext4")).toEqual({ depends: [], softBefore: ["crc32c"] });
  expect(info.get("virtio_rng")?.depends).toEqual(["a.b"]);
});

test("the section is found in an ELF file", () => {
  expect(readModuleInfo(moduleElf("depends=virtio\0softdep=pre: x\0"))).toEqual({
    depends: ["virtio"],
    softBefore: ["x"],
  });
});

test("a damaged module is refused with its own code, or read", () => {
  const good = moduleElf("depends=virtio\0");
  fc.assert(
    fc.property(
      fc.nat({ max: good.length - 9 }),
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (at, bytes, cut) => {
        const elf = Buffer.from(good);
        elf.set(bytes, at);
        let code = "none";
        try {
          readModuleInfo(cut ? elf.subarray(0, at) : elf);
        } catch (error) {
          code = errorCode(error);
        }
        expect(["none", "ERR_MODULE_FORMAT"]).toContain(code);
      },
    ),
    { numRuns: 1000 },
  );
});

import { describe, expect, it } from "vitest";
import {
  checkDeletableGroup,
  checkVnetHeader,
  offloadBits,
  sysctlPath,
} from "../../../src/host/link-checks.ts";

const invalid = expect.objectContaining({ code: "ERR_HOST_INVALID" });

describe("settings of links", () => {
  it("are files of that link only", () => {
    expect(sysctlPath({ family: 6, link: "bgr0", key: "accept_ra" })).toBe(
      "/proc/sys/net/ipv6/conf/bgr0/accept_ra",
    );
    expect(sysctlPath({ family: 4, link: "all", key: "rp_filter" })).toBe(
      "/proc/sys/net/ipv4/conf/all/rp_filter",
    );
    for (const bad of [
      { link: ".." },
      { link: "a/b" },
      { key: "a/b" },
      { key: ".." },
      { key: "" },
      { family: 5 },
    ])
      expect(() => sysctlPath({ family: 4, link: "a", key: "b", ...bad } as never)).toThrow(invalid);
  });

  it("are sets of offloads that a kernel takes", () => {
    expect(offloadBits(undefined)).toBeUndefined();
    expect(offloadBits([])).toBe(0);
    expect(offloadBits(["checksum", "tso4", "tso6", "ecn", "ufo"])).toBe(0x1f);
    expect(() => offloadBits(["toString" as never])).toThrow(invalid);
    for (const bad of [["tso4"], ["ecn"], ["checksum", "ecn"], ["uso6"]] as const)
      expect(() => offloadBits(bad)).toThrow(invalid);
  });

  it("are headers and groups that there can be", () => {
    expect([checkVnetHeader(undefined), checkVnetHeader(10), checkVnetHeader(12)]).toEqual([
      undefined,
      10,
      12,
    ]);
    for (const bad of [0, 9, -1, 12.5, 65, Number.NaN]) expect(() => checkVnetHeader(bad)).toThrow(invalid);
    expect(checkDeletableGroup(1)).toBe(1);
    for (const bad of [0, -1, 1.5, 2 ** 31]) expect(() => checkDeletableGroup(bad)).toThrow(invalid);
  });
});

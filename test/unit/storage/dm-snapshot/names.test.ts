import { describe, expect, it } from "vitest";
import { deviceNames } from "../../../../src/storage/dm-snapshot/names.ts";

describe("names", () => {
  it("are a loop's, differ by state directory, and tell what they are", () => {
    const names = deviceNames("/a");
    const id = "f".repeat(32);
    expect(names.vm(id)).toMatch(/^bgr-[0-9a-f]{8}-vm-f{32}$/);
    for (const name of [names.vm(id), names.image(id), `${names.probe(id)}-origin`]) {
      expect(Buffer.byteLength(name)).toBeLessThan(64);
    }
    expect(deviceNames("/b").vm(id)).not.toBe(names.vm(id));
  });
});

import { describe, expect, it } from "vitest";
import { recent } from "../../../src/shared/recent.ts";

describe("what was found a moment ago", () => {
  it("is looked for once by all who ask meanwhile, and again afterwards", async () => {
    let time = 0;
    let looks = 0;
    const find = recent(
      async () => {
        looks += 1;
        return `found ${looks}`;
      },
      1000,
      () => time,
    );
    expect(await Promise.all([find(), find()])).toEqual(["found 1", "found 1"]);
    time = 999;
    expect(await find()).toBe("found 1");
    time = 1000;
    expect(await find()).toBe("found 2");
  });

  it("is not kept where there was nothing, or an error", async () => {
    const answers: (() => string | null)[] = [
      () => null,
      () => {
        throw new Error("no disk");
      },
      () => "found",
    ];
    const find = recent(async () => (answers.shift() ?? (() => "too often"))(), 1000);
    expect(await find()).toBeNull();
    await expect(find()).rejects.toThrow("no disk");
    expect(await find()).toBe("found");
    expect(await find()).toBe("found");
  });
});

import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CappedLog } from "../../../../src/vmm/shared/capped-log.ts";
import { logTail } from "../../../../src/vmm/shared/log-tail.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "log-"));
  file = path.join(directory, "console.log");
});
afterEach(() => rm(directory, { recursive: true }));

describe("CappedLog", () => {
  it("never takes more than twice its cap, and keeps the newest bytes (VMM-2)", async () => {
    const log = new CappedLog(file, 100);
    for (let index = 0; index < 100; index++) await log.append(Buffer.from(`line ${index}\n`));
    await log.append(Buffer.alloc(1000, 0x78));
    await log.append(Buffer.from("end"));
    await log.close();
    const [now, before] = await Promise.all([readFile(file, "utf8"), readFile(`${file}.1`, "utf8")]);
    expect(now.length).toBeLessThanOrEqual(100);
    expect(before.length).toBeLessThanOrEqual(100);
    expect((before + now).endsWith(`${"x".repeat(100)}end`)).toBe(true);
  });

  it("is 0600 and goes on where an earlier one ended", async () => {
    await writeFile(file, "before ", { mode: 0o600 });
    const log = new CappedLog(file, 100);
    await log.append(Buffer.from("after"));
    await log.close();
    expect(await readFile(file, "utf8")).toBe("before after");
    const fresh = new CappedLog(path.join(directory, "fresh"));
    await fresh.open();
    await fresh.close();
    expect((await stat(path.join(directory, "fresh"))).mode & 0o777).toBe(0o600);
  });
});

describe("logTail", () => {
  it("gives the last lines", async () => {
    await writeFile(file, Array.from({ length: 5000 }, (_, index) => `line ${index}`).join("\n"));
    const lines = (await logTail(file)).split("\n");
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toBe("line 4999");
  });

  it("is empty where there is no log", async () => {
    expect(await logTail(file)).toBe("");
  });
});

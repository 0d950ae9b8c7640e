import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CappedFile } from "../../../src/daemon/capped-file.ts";

let directory = "";
let file = "";
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "bgr-log-"));
  file = path.join(directory, "daemon.log");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("lines are never lost at the turn, and no more than two files of the cap's size are kept", () => {
  const log = new CappedFile(file, 1_000);
  for (let index = 0; index < 500; index += 1) log.write(`line ${index}\n`);
  log.close();
  expect(readdirSync(directory).sort()).toEqual(["daemon.log", "daemon.log.1"]);
  const kept = readFileSync(`${file}.1`, "utf8") + readFileSync(file, "utf8");
  const numbers = [...kept.matchAll(/line (\d+)\n/g)].map((match) => Number(match[1]));
  expect(numbers.at(-1)).toBe(499);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  for (const name of readdirSync(directory)) {
    expect(statSync(path.join(directory, name)).size).toBeLessThanOrEqual(1_000);
    expect(statSync(path.join(directory, name)).mode & 0o7777).toBe(0o600);
  }
});

test("a log that is opened again goes on where it was", () => {
  const first = new CappedFile(file, 100);
  first.write(`${"a".repeat(90)}\n`);
  first.close();
  const second = new CappedFile(file, 100);
  second.write(`${"b".repeat(20)}\n`);
  second.close();
  expect(readFileSync(`${file}.1`, "utf8")).toBe(`${"a".repeat(90)}\n`);
  expect(readFileSync(file, "utf8")).toBe(`${"b".repeat(20)}\n`);
});

test("a log that cannot be written costs lines, not the daemon", () => {
  const log = new CappedFile(file, 10);
  log.write("first\n");
  rmSync(directory, { recursive: true });
  expect(() => log.write("this line turns the file, and fails\n")).not.toThrow();
  log.close();
  expect(() => log.write("after the close\n")).not.toThrow();
});

import { execFileSync } from "node:child_process";
import { type FileHandle, mkdir, open, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

/** In the jail, which has no environment: the next start's kernel does without its timer where there is a byte to read. */
const wrapper = (starts: string, qemu: string) => `#!/bin/sh
for argument; do
  shift
  case "$argument" in console=ttyS0*)
    [ "$(/bin/dd if=${starts} iflag=nonblock bs=1 count=1 2>/dev/null)" = x ] && argument="$argument nolapic_timer"
  esac
  set -- "$@" "$argument"
done
exec ${qemu} "$@"
`;

let sandbox: Sandbox;
let starts: FileHandle;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  const prefix = path.join(sandbox.directory, "qemu");
  const program = path.join(prefix, "bin/qemu-system-x86_64");
  const fifo = path.join(prefix, "starts");
  const qemu = execFileSync("sh", ["-c", "command -v qemu-system-x86_64"], { encoding: "utf8" }).trim();
  await mkdir(path.dirname(program), { recursive: true, mode: 0o755 });
  await writeFile(program, wrapper(fifo, qemu), { mode: 0o755 });
  execFileSync("mkfifo", ["-m", "0644", fifo]);
  // Held open: what is written stays there until a start reads it.
  starts = await open(fifo, "r+");
  await sandbox.configure(`vmm = "qemu"\nqemu_bin = "${program}"\n`);
});

afterAll(async () => {
  await starts.close();
  await sandbox.close();
});

it("a guest's clock is its host's (GST-1)", async () => {
  await sandbox.ok("vm", "create", "--name", "clock", "--memory", "512M");
  const guest = async () => Number(await sandbox.ok("vm", "exec", "clock", "--", "date", "+%s%N")) / 1e6;
  const isRight = async () => {
    const before = Date.now();
    const there = await guest();
    return before - 20 <= there && there <= Date.now() + 20;
  };
  await eventually(isRight, "the host's time");
  await sandbox.ok("vm", "rm", "-f", "clock");
});

it("a guest whose kernel has found no timer is booted once more, and sleeps (VMM-3)", async () => {
  await starts.write("x");
  const done = await sandbox.run(["vm", "run", "--rm", "--memory", "512M", "--", "sleep", "0.1"]);
  expect(done.status).toBe(0);
  expect(done.stderr).toContain("has found no timer");
});

it("one that finds none again is kept, with its console (RUN-5)", async () => {
  await starts.write("xx");
  const done = await sandbox.run(["vm", "create", "--name", "broken", "--memory", "512M"]);
  expect(done.status).not.toBe(0);
  expect(done.stderr).toContain("banger vm logs broken");
  expect(await sandbox.ok("vm", "logs", "broken")).toContain("banger-init: timer:");
  await sandbox.ok("vm", "start", "broken");
  await sandbox.ok("vm", "exec", "broken", "--", "sleep", "0.1");
  await sandbox.ok("vm", "rm", "-f", "broken");
});

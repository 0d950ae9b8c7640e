import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Running } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let scratch: string;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  scratch = await mkdtemp(path.join(tmpdir(), "trace-"));
});

afterAll(async () => {
  await sandbox.close();
  await rm(scratch, { recursive: true });
});

describe("the create path (STYLE rule 14)", () => {
  it("starts no process but the VMM, as a tracer sees it from outside", async () => {
    // The first create makes what is cached per kernel and build; it starts no helper either, but the image must be there.
    await sandbox.ok("daemon", "start");
    const daemon = await sandbox.daemonPid();
    const trace = path.join(scratch, "trace");
    const tracer = new Running(
      "strace",
      ["-f", "-e", "trace=execve,execveat,fork,vfork", "-o", trace, "-p", String(daemon)],
      {},
    );
    await tracer.until(/attached/);
    const done = await sandbox.run(["vm", "run", "--rm", "--memory", "512M", "--", "true"]);
    expect(done.stderr).not.toContain("error");
    expect(done.status).toBe(0);
    tracer.child.kill("SIGINT");
    await tracer.finished;
    const started = (await readFile(trace, "utf8"))
      .split("\n")
      .filter((line) => /\b(execve|execveat|fork|vfork)\(/.test(line));
    expect(started).toHaveLength(1);
    expect(started[0]).toMatch(/execve\(".*qemu-system-x86_64"/);
  });
});

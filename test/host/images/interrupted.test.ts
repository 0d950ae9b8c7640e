import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";
import { access, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeExt4 } from "../../../src/images/ext4.ts";
import { assembleImage, assembleKernel, createStaging, sweepStaging } from "../../../src/images/index.ts";
import { requireSpace, withSpaceErrors } from "../../../src/images/space.ts";
import { contextFor, defaultEntries } from "./assembled.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "interrupted-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Pids whose root or working directory, or an argument, lies in our directory: what an assembly starts. */
async function processes(): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      if (stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z")) return false;
      const facts = [
        readlinkSync(`/proc/${pid}/root`),
        readlinkSync(`/proc/${pid}/cwd`),
        readFileSync(`/proc/${pid}/cmdline`, "utf8"),
      ];
      return facts.some((fact) => fact.includes(directory));
    } catch {
      return false; // It ended meanwhile.
    }
  });
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(20);
}

test("an abort in the midst of the installation leaves no directory, mount or process, and keeps the downloads", async () => {
  const { image } = await defaultEntries();
  const abort = new AbortController();
  const reason = new Error("the user pressed Ctrl-C");
  const final = join(directory, "image");
  const staging = await createStaging(final);
  const context = contextFor(join(directory, "log"), abort.signal, ({ step }) => {
    if (step === "installing essential packages") abort.abort(reason);
  });
  await expect(assembleImage(image, staging, context)).rejects.toBe(reason);
  expect(await readdir(directory)).toEqual(["log"]);
  expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(directory);
  await until(async () => (await processes()).length === 0);
  expect((await readdir(join(context.cacheDirectory, "packages", image.name))).length).toBeGreaterThan(10);
});

test("after SIGKILL of the whole program its helpers are gone, and a sweep removes what they left", async () => {
  const { kernel } = await defaultEntries();
  const child = startAssembly(join(directory, "kernel"));
  try {
    await until(async () => (await processes()).length >= 3);
    expect(await sweepNames()).toHaveLength(1);
    child.kill("SIGKILL");
    await once(child, "exit");
    await until(async () => (await processes()).length === 0);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(directory);
    expect(await sweepStaging(directory)).toHaveLength(1);
    expect(await sweepNames()).toEqual([]);
    expect(kernel.name).toBe("debian-cloud-6.1");
  } finally {
    child.kill("SIGKILL");
  }
});

async function sweepNames(): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.includes(".staging-"));
}

/** Another Node that assembles a kernel. */
function startAssembly(final: string): ChildProcess {
  const script = `
    import { assembleKernel, createStaging } from "${join(import.meta.dirname, "../../../src/images/index.ts")}";
    import { contextFor, defaultEntries } from "${join(import.meta.dirname, "assembled.ts")}";
    const { kernel } = await defaultEntries();
    const context = contextFor("${final}.log", new AbortController().signal);
    await assembleKernel(kernel, await createStaging("${final}"), context);
  `;
  return spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" });
}

test("an unknown package is a clear error with the log's name, and nothing is left", async () => {
  const { kernel } = await defaultEntries();
  const entry = {
    ...kernel,
    name: "no-such",
    source: { ...kernel.source, package: "linux-image-no-such-kernel" },
  };
  const context = contextFor(join(directory, "log"), new AbortController().signal);
  const staging = await createStaging(join(directory, "kernel"));
  const assembling = assembleKernel(entry, staging, context);
  await expect(assembling).rejects.toMatchObject({
    code: "ERR_TOOL_FAILED",
    next: expect.stringContaining(join(directory, "log")),
  });
  expect(await readdir(directory)).toEqual(["log"]);
});

test("on a full disk it is said before anything is fetched, and when a helper meets it", async () => {
  const small = join(directory, "small");
  const content = join(directory, "content");
  execFileSync("mkdir", [small, content]);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", small]);
  try {
    const { image } = await defaultEntries();
    const signal = new AbortController().signal;
    const staging = await createStaging(join(small, "image"));
    const assembling = assembleImage(image, staging, contextFor(join(directory, "log"), signal));
    await expect(assembling).rejects.toMatchObject({ code: "ERR_NO_SPACE", details: { directory: staging } });
    expect(await readdir(small)).toEqual([]);

    execFileSync("dd", [
      "if=/dev/urandom",
      `of=${join(content, "noise")}`,
      "bs=1M",
      "count=40",
      "status=none",
    ]);
    const options = {
      path: join(small, "x.ext4"),
      sizeBytes: 256 * 1024 ** 2,
      label: "x",
      root: content,
      journalMib: 8,
    };
    const filling = withSpaceErrors(small, 40 * 1024 ** 2, "x", () =>
      makeExt4({ ...options, signal, logFile: join(directory, "log") }),
    );
    await expect(filling).rejects.toMatchObject({ code: "ERR_NO_SPACE" });
    await expect(requireSpace(small, 40 * 1024 ** 2, "x")).rejects.toMatchObject({ code: "ERR_NO_SPACE" });
    await expect(access(join(small, "image"))).rejects.toThrow();
  } finally {
    execFileSync("umount", [small]);
  }
});

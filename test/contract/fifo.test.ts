import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { useScratch } from "./support/scratch.ts";
import { sleeper } from "./support/sleeper.ts";

/** Opening a FIFO waits for its other end: one call for each of the addon's threads, and none is left for any other. */
describe.each(hosts)("a FIFO in the place of something else ($name)", ({ open }) => {
  const host = open();
  const scratch = useScratch();
  afterAll(() => host.close());

  function fifo(): string {
    const path = scratch.path("fifo");
    execFileSync("mkfifo", [path]);
    return path;
  }

  it("is no source and no target of blocks", async () => {
    const [path, file, target] = [fifo(), scratch.path("file"), scratch.path("target")];
    writeFileSync(file, "x".repeat(4096));
    await expectHostError(host.clone.copy(path, target), "ERR_HOST_INVALID", "EINVAL");
    if (await host.clone.canReflink(scratch.path("."))) {
      await expectHostError(host.clone.reflink(path, target), "ERR_HOST_INVALID", "EINVAL");
      const range = { source: path, target: file };
      await expectHostError(host.clone.reflinkRange(range), "ERR_HOST_INVALID", "EINVAL");
    }
    const range = { source: file, target: path };
    await expectHostError(host.clone.reflinkRange(range), "ERR_HOST_INVALID", "EINVAL");
    expect(existsSync(target)).toBe(false);
  });

  it("is nothing that is adopted, and gives way to a text", async () => {
    const [path, file] = [fifo(), scratch.path("file")];
    await expectHostError(host.clone.adopt(path, scratch.path("target")), "ERR_HOST_INVALID", "EINVAL");
    renameSync(path, `${file}.tmp`);
    await host.file.replace(file, { mode: 0o600, text: "text" });
    expect([readFileSync(file, "utf8"), existsSync(`${file}.tmp`)]).toEqual(["text", false]);
  });

  it("is no loop device, and none's file", async () => {
    const path = fifo();
    for (const readOnly of [true, false])
      await expectHostError(
        host.loop.attach({ backingFile: path, readOnly, name: "bgr-fifo" }),
        "ERR_HOST_INVALID",
        "EINVAL",
      );
    await expectHostError(host.loop.status(path), "ERR_HOST_INVALID", "EINVAL");
    await expectHostError(host.loop.detach(path), "ERR_HOST_INVALID", "EINVAL");
    expect(await host.loop.list("bgr-fifo")).toEqual([]);
  });

  it("is a process's file at once", async () => {
    const ref = await host.process.spawn({
      ...sleeper(617_201),
      fds: [{ target: 0, kind: "file", path: fifo(), access: "read" }],
    });
    await host.process.signal(ref, 9);
    expect(await host.process.wait(ref)).toEqual({ code: null, signal: 9 });
  });
});

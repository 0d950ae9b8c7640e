import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { S_IFDIR, writeCpio } from "../../../src/images/cpio.ts";
import { buildInitramfs } from "../../../src/images/initramfs.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "initramfs-"));
  await writeFile(join(directory, "agent"), "the agent");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("the agent as /init, then the kernel's modules as a second archive", async () => {
  const modules = writeCpio([{ path: "modules", mode: S_IFDIR | 0o755 }]);
  const [agentBinary, modulesCpio, output] = ["agent", "modules.cpio", "out"].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  await writeFile(modulesCpio, modules);
  await buildInitramfs({ agentBinary, modulesCpio, output });
  const archive = await readFile(output);
  expect(archive.subarray(-modules.length).equals(modules)).toBe(true);
  for (const name of ["dev\0", "newroot\0", "proc\0", "sys\0", "dev/console\0", "init\0"])
    expect(archive.includes(name)).toBe(true);
  expect(archive.includes("the agent")).toBe(true);

  await buildInitramfs({ agentBinary, modulesCpio: null, output });
  expect((await readFile(output)).equals(archive.subarray(0, -modules.length))).toBe(true);
  expect((await readdir(directory)).sort()).toEqual(["agent", "modules.cpio", "out"]);
});

test("where an input is missing nothing is left", async () => {
  const parts = { agentBinary: join(directory, "none"), modulesCpio: null, output: join(directory, "out") };
  await expect(buildInitramfs(parts)).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readdir(directory)).toEqual(["agent"]);
});

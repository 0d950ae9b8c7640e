import { readdirSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageFile } from "./support/image-file.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open({ config: 'storage = "overlay"\n' });
});

afterAll(() => sandbox.close());

describe("what an overlay stands on (DSK-2)", () => {
  /** A file of the sandbox replaced, never changed in place: sandboxes share their files with one another. */
  const edit = async (file: string, change: (content: Buffer) => Buffer | string) => {
    const content = change(await readFile(file));
    await rm(file);
    await writeFile(file, content);
  };

  it("is not offered for a kernel that says it has no overlayfs, and says so in one that lied", async () => {
    const kernels = path.join(sandbox.state, "kernels");
    const kernel = path.join(kernels, readdirSync(kernels)[0] ?? "");
    const says = (overlay: boolean) =>
      edit(path.join(kernel, "manifest.json"), (text) =>
        JSON.stringify({ ...JSON.parse(text.toString()), overlay }),
      );
    await says(false);
    const refused = await sandbox.run(["vm", "create", "--name", "lied-to", "--memory", "512M"]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain("the guest's kernel has no overlayfs");
    expect(sandbox.vmDirectories()).toEqual([]);
    await says(true);
    // Under another name in the list of modules it is not found, and not loaded.
    await edit(path.join(kernel, "modules.cpio"), (cpio) =>
      Buffer.from(cpio.toString("latin1").replace("late overlay.ko", "late 0verlay.ko"), "latin1"),
    );
    const failed = await sandbox.run(["vm", "create", "--name", "lied-to", "--memory", "512M"]);
    expect(failed.status).not.toBe(0);
    expect(failed.stderr).toContain("banger vm logs lied-to");
    expect(await sandbox.ok("vm", "logs", "lied-to")).toContain(
      "banger-init: root disk: this kernel has no overlay filesystem: use another storage driver",
    );
    await sandbox.ok("vm", "rm", "-f", "lied-to");
  });

  it("is missed before a start when the image is gone (VM-15)", async () => {
    await sandbox.ok("vm", "create", "--name", "orphan", "--no-start");
    const { id } = await sandbox.json<{ id: string }>("vm", "show", "orphan");
    await rm(imageFile(sandbox));
    const started = await sandbox.run(["vm", "start", "orphan"]);
    expect(started.status).not.toBe(0);
    expect(started.stderr).toMatch(/image debian-bookworm, with which this VM shares its root, is not there/);
    expect((await sandbox.inventory()).runtime.filter((entry) => entry.includes(id))).toEqual([]);
    await sandbox.ok("vm", "rm", "orphan");
  });
});

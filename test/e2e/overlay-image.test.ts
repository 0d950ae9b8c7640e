import { copyFile, rename, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageFile } from "./support/image-file.ts";
import { mustRun } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open({ config: 'storage = "overlay"\n' });
});

afterAll(() => sandbox.close());

describe("an overlay over an image that is not a usual one (DSK-2)", () => {
  it("has its directories as the image has them, however unusual", async () => {
    const rootfs = imageFile(sandbox);
    const odd = `${rootfs}.odd`;
    await copyFile(rootfs, odd);
    const commands = `
      sif /etc mode 042715
      sif /etc gid 6
      sif /var uid 5
      ea_set /etc/systemd user.mark kept
      mkdir /var/lib/docker
      sif /var/lib/docker mode 040700
      symlink /var/lib/docker/data /somewhere
      symlink /var/lib/containers /opt`;
    await writeFile(`${odd}.commands`, commands);
    await mustRun("debugfs", ["-w", "-f", `${odd}.commands`, odd], { env: { PATH: process.env.PATH } });
    await rename(odd, rootfs);
    await sandbox.ok("vm", "create", "--name", "odd", "--memory", "512M");
    const sh = async (script: string) =>
      (await sandbox.ok("vm", "exec", "odd", "--", "sh", "-c", script)).trimEnd();
    const found = "stat -c '%a %u:%g' /etc /var /etc/systemd /var/lib /var/lib/docker";
    const expected = ["2715 0:6", "755 5:0", "755 0:0", "755 0:0", "700 0:0"].join("\n");
    expect(await sh(found)).toBe(expected);
    const mark = `perl -e 'my ($f, $n, $b) = ("/etc/systemd", "user.mark", "...."); syscall(191, $f, $n, $b, 4); print $b'`;
    expect(await sh(mark)).toBe("kept");
    expect(await sh("readlink /var/lib/docker/data /var/lib/containers")).toBe("/somewhere\n/opt");
    expect(await sh("findmnt -rno TARGET -t ext4 | sort")).toBe("/root\n/var/lib/containerd");
    expect(await sandbox.ok("vm", "logs", "odd")).toContain("/var/lib/docker of the image is not empty");
    await sandbox.ok("vm", "restart", "odd");
    expect(await sh(found)).toBe(expected);
    await sandbox.ok("vm", "rm", "-f", "odd");
  });
});

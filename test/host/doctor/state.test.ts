import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostBlock } from "../../../src/cli/ssh/host-block.ts";
import { includeBlock } from "../../../src/cli/ssh/include-block.ts";
import { openState } from "../../../src/state/database.ts";
import { BrokenHost } from "./broken-host.ts";

let host: BrokenHost;
beforeEach(async () => {
  host = await BrokenHost.open();
});
afterEach(() => host.close());

function makeState(): string {
  mkdirSync(host.state, { recursive: true });
  const file = path.join(host.state, "state.db");
  openState(file, { networkCidr: "172.30.0.0/16", slots: 10, version: "0.1.0" }).close();
  return file;
}

describe("what is wrong with banger's own things, and what mends it", () => {
  it("a configuration with a mistake in it: the others go by the defaults", async () => {
    host.configure('storag = "copy"\n');
    const broken = await host.report();
    expect(broken.get("config")).toMatchObject({
      status: "fail",
      message: expect.stringContaining("did you mean `storage`?"),
      next: expect.stringContaining("config.toml"),
    });
    expect(broken.get("storage")?.status).toBe("pass");
    host.configure('storage = "copy"\n');
    expect(await host.check("config")).toMatchObject({ status: "pass" });
  });

  it("a database that is none (ST-3)", async () => {
    expect(await host.check("store")).toMatchObject({
      status: "pass",
      message: expect.stringContaining("will be created"),
    });
    const file = makeState();
    expect(await host.check("store")).toMatchObject({
      status: "pass",
      message: expect.stringContaining("0 VMs"),
    });
    writeFileSync(file, "this is no database, and it is long enough to be looked at. ".repeat(20));
    const broken = await host.check("store");
    expect(broken).toMatchObject({ status: "fail", message: expect.stringContaining("cannot be opened") });
    await host.sh(broken.command ?? "false");
    expect(await host.check("store")).toMatchObject({ status: "pass" });
  });

  it("a database of a newer banger", async () => {
    const db = new Sqlite(makeState());
    db.prepare("INSERT INTO schema_migrations VALUES (999, 'later', '9.9.9', '')").run();
    db.close();
    const broken = await host.check("store");
    expect(broken).toMatchObject({ status: "fail", message: expect.stringContaining("banger 9.9.9") });
    expect(broken.next).toContain("use banger 9.9.9");
  });

  it("a list of host keys that cannot be read: no VM would have its SSH identity", async () => {
    expect(await host.check("features")).toMatchObject({
      status: "pass",
      message: expect.stringContaining("ssh identity, work disk"),
    });
    mkdirSync(path.join(host.state, "ssh", "known_hosts"), { recursive: true });
    const broken = await host.check("features");
    expect(broken).toMatchObject({
      status: "fail",
      message: expect.stringMatching(/for want of: ssh identity \(the host keys of VMs cannot be read/),
      details: ["these work: work disk, network access, DNS, published ports"],
    });
    await host.sh(/`(mv [^`]+)`/.exec(broken.next ?? "")?.[1] ?? "false");
    expect(await host.check("features")).toMatchObject({ status: "pass" });
  });

  it("a full disk", async () => {
    const disk = path.join(host.directory, "disk");
    mkdirSync(path.join(host.directory, "state"), { recursive: true });
    await host.sh(
      `truncate -s 8G ${disk}; mkfs.ext4 -q ${disk}; mount -o loop ${disk} ${path.dirname(host.state)}`,
    );
    await host.sh(`mkdir -p ${host.state}; fallocate -l 7G ${host.state}/junk`);
    const broken = await host.check("space");
    expect(broken).toMatchObject({ status: "fail", next: expect.stringContaining("free some space") });
    await host.sh(`rm ${host.state}/junk`);
    expect(await host.check("space")).toMatchObject({ status: "pass" });
    await host.sh(`umount ${path.dirname(host.state)}`);
  });

  it("a storage driver that does not work there", async () => {
    host.configure('storage = "reflink"\n');
    mkdirSync(host.state, { recursive: true });
    await host.sh(`mount -t tmpfs none ${host.state}`);
    const broken = await host.check("storage");
    expect(broken).toMatchObject({ status: "fail", message: expect.stringContaining("cannot share blocks") });
    expect(broken.details).toContainEqual(expect.stringMatching(/^copy: works: /));
    host.configure(/storage = "auto"/.exec(broken.next ?? "")?.[0] ?? "");
    expect(await host.check("storage")).toMatchObject({ status: "pass" });
  });

  it("a key that is none", async () => {
    const key = path.join(host.directory, "id");
    host.configure(`ssh_key_path = "${key}"\n`);
    writeFileSync(key, "no key");
    const broken = await host.check("ssh");
    expect(broken).toMatchObject({ status: "fail", next: expect.stringContaining("move the file away") });
    await host.sh(`mv ${key} ${key}.old`);
    expect(await host.check("ssh")).toMatchObject({ status: "pass" });
  });

  it("ssh by name: whether it is set up, and leads to what is there (SSH-2)", async () => {
    const own = path.join(host.state, "ssh", "config");
    expect(await host.check("ssh-config")).toMatchObject({
      status: "pass",
      message: expect.stringContaining("is not set up"),
    });
    mkdirSync(path.join(host.directory, ".ssh"));
    writeFileSync(path.join(host.directory, ".ssh/config"), includeBlock(own, null));
    expect(await host.check("ssh-config")).toMatchObject({
      status: "warn",
      message: expect.stringContaining(own),
      command: "banger ssh-config --install",
    });
    const install = (bundle: string) => {
      const program = [process.execPath, bundle];
      const files = { identityFile: "/key", knownHostsFile: "/hosts" };
      mkdirSync(path.dirname(own), { recursive: true });
      writeFileSync(own, hostBlock({ ...files, program, env: {} }));
    };
    install("/opt/banger-that-was/banger.js");
    expect((await host.check("ssh-config")).message).toContain(
      "leads to /opt/banger-that-was/banger.js, which is not there",
    );
    install(import.meta.filename);
    expect(await host.check("ssh-config")).toMatchObject({
      status: "pass",
      message: expect.stringContaining("works"),
    });
  });

  it("VMs with more memory than the host", async () => {
    host.configure("[vm_defaults]\nmemory_mib = 99999999\nvcpu = 3\n");
    const broken = await host.check("defaults");
    expect(broken).toMatchObject({ status: "warn", message: expect.stringContaining("vcpu 3 (config)") });
    expect(broken.message).toContain("memory 99999999 MiB (config)");
    host.configure("[vm_defaults]\nmemory_mib = 128\n");
    const mended = await host.check("defaults");
    expect(mended.status).toBe("pass");
    expect(mended.message).toMatch(/vcpu \d+ \(auto\), memory 128 MiB \(config\), disk 8G \(builtin\)/);
  });
});

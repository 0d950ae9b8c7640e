import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateEd25519, parsePrivateKey } from "../../../../src/guest/config/ssh-key.ts";
import { KnownHostsFile, pinnedKeys } from "../../../../src/guest/ssh/known-hosts.ts";

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "known-"));
  file = path.join(directory, "ssh", "known_hosts");
});
afterEach(() => rmSync(directory, { recursive: true }));

const newKey = (comment = "a comment") => parsePrivateKey(generateEd25519(comment), "new").publicKey;
const lines = () => readFileSync(file, "utf8").trimEnd().split("\n").slice(1);

describe("known_hosts", () => {
  it("has one line per VM, which ssh-keygen finds by name and by address", async () => {
    const hosts = new KnownHostsFile(file);
    const [web, db] = [newKey(), newKey()];
    await hosts.pin(["web.vm", "172.30.0.2"], web);
    await hosts.pin(["db.vm", "172.30.0.3"], db);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const name of ["web.vm", "172.30.0.2"]) {
      expect(execFileSync("ssh-keygen", ["-F", name, "-f", file]).toString()).toContain(web.split(" ")[1]);
    }
    expect(await pinnedKeys(file, "db.vm")).toEqual([Buffer.from(db.split(" ")[1] ?? "", "base64")]);
  });

  it("keeps one key under a name or an address: the last one pinned", async () => {
    const hosts = new KnownHostsFile(file);
    await hosts.pin(["web.vm", "172.30.0.2"], newKey());
    const again = newKey();
    await hosts.pin(["other.vm", "172.30.0.2"], again);
    expect(lines()).toEqual([`other.vm,172.30.0.2 ${again.split(" ").slice(0, 2).join(" ")}`]);
  });

  it("unpins by either name, and leaves the others' lines alone", async () => {
    const hosts = new KnownHostsFile(file);
    const keys = [newKey(), newKey(), newKey()];
    for (const [index, key] of keys.entries()) await hosts.pin([`v${index}.vm`, `172.30.0.${index}`], key);
    await hosts.unpin(["v0.vm", "172.30.0.0"]);
    await hosts.unpin(["172.30.0.2"]);
    expect(lines().map((line) => line.split(" ")[0])).toEqual(["v1.vm,172.30.0.1"]);
    await hosts.unpin(["nobody.vm"]);
    expect(lines()).toHaveLength(1);
  });

  it("loses nothing when many change it at once", async () => {
    const hosts = new KnownHostsFile(file);
    const key = newKey();
    const all = Array.from({ length: 50 }, (_, index) => `v${index}.vm`);
    await Promise.all(all.map((name) => hosts.pin([name], key)));
    await Promise.all(all.slice(0, 20).map((name) => hosts.unpin([name])));
    expect(lines().map((line) => line.split(" ")[0])).toEqual(all.slice(20));
  });

  it("does not write what is there already", async () => {
    const hosts = new KnownHostsFile(file);
    const key = newKey();
    await hosts.pin(["web.vm"], key);
    const before = statSync(file, { bigint: true });
    await hosts.pin(["web.vm"], key);
    expect(statSync(file, { bigint: true }).ino).toBe(before.ino);
  });

  it("takes away what a daemon that was killed while it wrote has left (ST-5)", async () => {
    const hosts = new KnownHostsFile(file);
    await hosts.pin(["web.vm", "172.30.0.2"], newKey());
    writeFileSync(`${file}.tmp`, "half of a li", { mode: 0o644 });
    await hosts.pin(["db.vm", "172.30.0.3"], newKey());
    expect(lines()).toHaveLength(2);
    expect(readdirSync(path.dirname(file))).toEqual(["known_hosts"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("goes on after a change that failed", async () => {
    writeFileSync(path.join(directory, "ssh"), "in the way");
    const hosts = new KnownHostsFile(file);
    await expect(hosts.pin(["web.vm"], newKey())).rejects.toThrow();
    rmSync(path.join(directory, "ssh"));
    await hosts.pin(["web.vm"], newKey());
    expect(lines()).toHaveLength(1);
  });
});

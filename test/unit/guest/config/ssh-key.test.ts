import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import ssh2 from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateEd25519, parsePrivateKey, SshKeyFile } from "../../../../src/guest/config/ssh-key.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "key-"));
  file = path.join(directory, "ssh", "id_ed25519");
});
afterEach(() => rm(directory, { recursive: true }));

describe("SshKeyFile (CFG-5)", () => {
  it("makes the key on first use, 0600, and keeps it", async () => {
    const key = await new SshKeyFile(file, "banger").load();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    expect(key.publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+ banger$/);
    expect(await new SshKeyFile(file, "other").load()).toEqual(key);
    expect(await readdir(path.dirname(file))).toEqual(["id_ed25519"]);
  });

  it("is one key however many ask at once", async () => {
    const keys = await Promise.all([1, 2, 3].map(() => new SshKeyFile(file, "banger").load()));
    expect(new Set(keys.map((key) => key.publicKey)).size).toBe(1);
    expect(await readdir(path.dirname(file))).toEqual(["id_ed25519"]);
  });

  it("refuses a file that is no key, and leaves it as it is; a later try sees the repair", async () => {
    file = path.join(directory, "id");
    await writeFile(file, "not a key\n");
    const key = new SshKeyFile(file, "banger");
    await expect(key.load()).rejects.toMatchObject({ code: "ERR_SSH_KEY_INVALID" });
    expect(await readFile(file, "utf8")).toBe("not a key\n");
    await rm(file);
    expect((await key.load()).publicKey).toContain("ssh-ed25519");
  });

  it("refuses a directory, and a place that cannot be", async () => {
    for (const place of [directory, path.join(import.meta.filename, "id")]) {
      const loading = new SshKeyFile(place, "banger").load();
      await expect(loading).rejects.toMatchObject({ code: "ERR_SSH_KEY_INVALID", next: expect.any(String) });
    }
  });

  it("refuses an empty file and a public key", async () => {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    for (const text of ["", pair.public]) {
      expect(() => parsePrivateKey(text, "f")).toThrow(
        expect.objectContaining({ code: "ERR_SSH_KEY_INVALID" }),
      );
    }
  });

  it("says of a key with a passphrase that it has one", () => {
    const pair = ssh2.utils.generateKeyPairSync("ed25519", {
      passphrase: "secret",
      cipher: "aes256-ctr",
      rounds: 1,
    });
    expect(() => parsePrivateKey(pair.private, "f")).toThrow(
      expect.objectContaining({ code: "ERR_SSH_KEY_ENCRYPTED" }),
    );
  });

  it("reads other kinds of key that the user may have", () => {
    const pair = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256, comment: "me@laptop" });
    expect(parsePrivateKey(pair.private, "f").publicKey).toBe(pair.public.trim());
  });
});

describe("generateEd25519", () => {
  it("throws away a pair that ssh2 made malformed", () => {
    const good = generateEd25519("x");
    const made = ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", good];
    expect(generateEd25519("x", () => made.shift() as string)).toBe(good);
    expect(made).toEqual([]);
  });
});

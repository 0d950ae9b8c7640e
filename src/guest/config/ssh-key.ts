import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import ssh2 from "ssh2";
import { BangerError, errorCode } from "../../shared/errors.ts";

/**
 * An ed25519 key pair in OpenSSH's format, made on first use: the user's (CFG-5), or a VM's host key. The private key is 0600 from birth; a
 * file that is there and does not parse is an error, and no file is ever overwritten.
 */
export class SshKeyFile {
  readonly path: string;
  readonly #comment: string;
  #loaded: Promise<SshKey> | null = null;

  constructor(path: string, comment: string) {
    this.path = path;
    this.#comment = comment;
  }

  /** Reads the key, or makes it. ERR_SSH_KEY_INVALID, ERR_SSH_KEY_ENCRYPTED. Tried again after a failure. */
  load(): Promise<SshKey> {
    this.#loaded ??= this.#loadOrMake().catch((error: unknown) => {
      this.#loaded = null;
      throw error;
    });
    return this.#loaded;
  }

  async #loadOrMake(): Promise<SshKey> {
    const there = await readPrivateKey(this.path);
    if (there !== null) return there;
    await mkdir(path.dirname(this.path), { recursive: true, mode: 0o700 });
    const privateKey = generateEd25519(this.#comment);
    const staging = `${this.path}.${randomUUID()}`;
    try {
      await writeFile(staging, privateKey, { flag: "wx", mode: 0o600 });
      // Unlike rename, link refuses a name that somebody took meanwhile.
      await link(staging, this.path);
      return parsePrivateKey(privateKey, this.path);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
    } finally {
      await rm(staging, { force: true });
    }
    const another = await readPrivateKey(this.path);
    if (another === null) throw new Error(`${this.path} vanished while it was made`);
    return another;
  }
}

/** The key in a file; null where there is none. ERR_SSH_KEY_INVALID, ERR_SSH_KEY_ENCRYPTED, or the system's error. */
export async function readPrivateKey(file: string): Promise<SshKey | null> {
  try {
    return parsePrivateKey(await readFile(file, "utf8"), file);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") return null;
    throw code === "EISDIR" || code === "ENOTDIR" ? invalid(file) : error;
  }
}

/**
 * ssh2 1.17 strips leading zero bytes from the public key, so that one pair in 256 is malformed, for OpenSSH too: such a pair is thrown
 * away. `generate` is for tests.
 */
export function generateEd25519(
  comment: string,
  generate: (comment: string) => string = (text) =>
    ssh2.utils.generateKeyPairSync("ed25519", { comment: text }).private,
): string {
  for (;;) {
    const privateKey = generate(comment);
    if (!(ssh2.utils.parseKey(privateKey) instanceof Error)) return privateKey;
  }
}

export interface SshKey {
  /** OpenSSH PEM. */
  readonly privateKey: string;
  /** One line of authorized_keys or of a `.pub` file, without its end. */
  readonly publicKey: string;
}

/** ERR_SSH_KEY_INVALID, ERR_SSH_KEY_ENCRYPTED; `file` is for the message. */
export function parsePrivateKey(text: string, file: string): SshKey {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) {
    if (isEncrypted(text)) {
      throw new BangerError("ERR_SSH_KEY_ENCRYPTED", `${file} is protected by a passphrase`, {
        next: "set `ssh_key_path` to a key without one, or remove it from the configuration: banger then makes its own",
      });
    }
    throw invalid(file);
  }
  // An OpenSSH file can hold several keys in theory; no tool writes such.
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || !key.isPrivateKey()) throw invalid(file);
  const line = [key.type, key.getPublicSSH().toString("base64"), key.comment].filter((part) => part);
  return { privateKey: text, publicKey: line.join(" ") };
}

function invalid(file: string): BangerError {
  return new BangerError("ERR_SSH_KEY_INVALID", `${file} is not an SSH private key`, {
    next: "move the file away, and banger makes a new key there; it overwrites nothing",
  });
}

/** OpenSSH's own format names its cipher after the magic; PEM says it in a header. */
function isEncrypted(text: string): boolean {
  if (/^Proc-Type: 4,ENCRYPTED$/m.test(text) || text.includes("BEGIN ENCRYPTED PRIVATE KEY")) return true;
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/.exec(text)?.[1];
  if (body === undefined) return false;
  const bytes = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.toString("latin1", 0, magic.length) !== magic || bytes.length < magic.length + 4) return false;
  const length = bytes.readUInt32BE(magic.length);
  return bytes.toString("latin1", magic.length + 4, magic.length + 4 + length) !== "none";
}

import { createHash, hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readdir, readlink, stat } from "node:fs/promises";
import path from "node:path";
import { BangerError, errorCode } from "../shared/errors.ts";
import type { Entry } from "./entries.ts";
import { type BytePath, bytePath, shown } from "./paths.ts";
import type { Plan } from "./plan.ts";
import { padding, tarHeader } from "./tar.ts";

/** What a path holds: `f 644 <sha256>` or `l 777 <sha256 of its target>`. Equal words are equal files. */
export type Fingerprint = string;

/** Files up to this size are read whole, several at a time. */
const SMALL_BYTES = 256 * 1024;
const READ_AHEAD = 32;
const CHUNK_BYTES = 1024 ** 2;

/** Members of an archive for one plan's files, below `root`. `seen` is told of each file's fingerprint once it has been read. */
export async function* planMembers(
  plan: Plan,
  entries: readonly Entry[],
  root: BytePath,
  seen: (path: BytePath, fingerprint: Fingerprint) => void,
): AsyncGenerator<Buffer> {
  const name = (entry: Entry) => `${root}${plan.prefix}${entry.path}`;
  for (let at = 0; at < entries.length; at += READ_AHEAD) {
    const some = entries.slice(at, at + READ_AHEAD);
    const members = await Promise.all(some.map((entry) => smallMember(plan, entry, name(entry), seen)));
    for (const [index, entry] of some.entries()) {
      const member = members[index];
      if (member) yield* member;
      else yield* largeMember(plan, entry, name(entry), seen);
    }
  }
}

/** The member whole, or null for a file that is too large for that. */
async function smallMember(
  plan: Plan,
  entry: Entry,
  name: BytePath,
  seen: (path: BytePath, fingerprint: Fingerprint) => void,
): Promise<Buffer[] | null> {
  const { kind, path: file, size } = entry;
  if (kind === "directory") return [tarHeader({ ...entry, path: name })];
  if (kind === "link") {
    const target = await readlink(plan.tree.at(file), { encoding: "buffer" }).catch((cause) =>
      changed(file, cause),
    );
    seen(plan.prefix + file, `l 777 ${hash("sha256", target)}`);
    return [tarHeader({ ...entry, path: name, target })];
  }
  if (size > SMALL_BYTES) return null;
  const content = await withFile(plan, entry, async (handle) => {
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(size),
      position: 0,
      length: size,
    });
    if (bytesRead !== size) changed(file);
    return buffer;
  });
  seen(plan.prefix + file, `f ${entry.mode.toString(8)} ${hash("sha256", content)}`);
  return [tarHeader({ ...entry, path: name }), content, padding(size)];
}

async function* largeMember(
  plan: Plan,
  entry: Entry,
  name: BytePath,
  seen: (path: BytePath, fingerprint: Fingerprint) => void,
): AsyncGenerator<Buffer> {
  const digest = createHash("sha256");
  yield tarHeader({ ...entry, path: name });
  for await (const chunk of fileChunks(plan, entry)) {
    digest.update(chunk);
    yield chunk;
  }
  yield padding(entry.size);
  seen(plan.prefix + entry.path, `f ${entry.mode.toString(8)} ${digest.digest("hex")}`);
}

/** The bytes of a file, as many as it had when it was looked at. ERR_WORKSPACE_CHANGED when it has fewer now. */
export async function* fileChunks(plan: Plan, entry: Entry): AsyncGenerator<Buffer> {
  const handle = await openFile(plan, entry);
  try {
    for (let left = entry.size; left > 0; ) {
      const length = Math.min(left, CHUNK_BYTES);
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), length });
      if (bytesRead === 0) changed(entry.path);
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function withFile<T>(plan: Plan, entry: Entry, body: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await openFile(plan, entry);
  try {
    return await body(handle);
  } finally {
    await handle.close();
  }
}

/** Not through a link, and nothing that would wait: it may be another thing than it was when it was looked at. */
async function openFile({ tree }: Plan, entry: Entry): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(tree.at(entry.path), flags).catch((cause: unknown) => {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errorCode(cause))) return changed(entry.path, cause);
    throw new BangerError(
      "ERR_WORKSPACE_READ",
      `${shown(entry.path)} cannot be read: ${(cause as Error).message}`,
      {
        next: "see to its permissions, and try again",
        cause,
      },
    );
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return changed(entry.path);
}

function changed(file: BytePath, cause?: unknown): never {
  throw new BangerError("ERR_WORKSPACE_CHANGED", `${shown(file)} changed while it was copied`, {
    next: "try again; nothing was left in the guest",
    cause,
  });
}

/** Members for a directory of our own making, all that is in it. Modes are set: our umask is no business of the guest's. */
export async function* directoryMembers(directory: string, name: BytePath): AsyncGenerator<Buffer> {
  const mtime = Math.floor((await stat(directory)).mtimeMs / 1000);
  yield tarHeader({ path: name, kind: "directory", mode: 0o755, size: 0, mtime });
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(directory, entry.name);
    const member = `${name}/${bytePath(entry.name)}`;
    if (entry.isDirectory()) yield* directoryMembers(file, member);
    else if (entry.isFile()) yield* fileMember(file, member);
  }
}

/** A file of our own making; nothing when it is not there. */
export async function* fileMember(file: string, name: BytePath): AsyncGenerator<Buffer> {
  const handle = await open(file).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return;
  try {
    const { size, mtimeMs } = await handle.stat();
    yield tarHeader({ path: name, kind: "file", mode: 0o644, size, mtime: Math.floor(mtimeMs / 1000) });
    for await (const chunk of handle.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false }))
      yield chunk as Buffer;
    yield padding(size);
  } finally {
    await handle.close();
  }
}

/** A member that is made here. */
export function textMember(name: BytePath, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  const header = tarHeader({ path: name, kind: "file", mode: 0o644, size: bytes.length, mtime: 0 });
  return Buffer.concat([header, bytes, padding(bytes.length)]);
}

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RpcClient } from "../../rpc/client.ts";
import { TarReader } from "../../shared/tar/reader.ts";
import type { CliContext } from "../context.ts";
import { say, writeAll } from "../output.ts";
import { sanitize } from "../render/sanitize.ts";
import { usageError } from "../usage-error.ts";
import { GuestCopy } from "./guest-copy.ts";
import { localSource, pack } from "./pack.ts";
import { type CopySide, sourceName } from "./paths.ts";
import type { CopyProgress } from "./progress.ts";
import { localTarget } from "./target.ts";
import { unpack } from "./unpack.ts";

type Guest = CopySide & { kind: "guest" };
type Host = CopySide & { kind: "local" | "stream" };

export interface Copying {
  readonly context: CliContext;
  readonly client: Pick<RpcClient, "exec">;
  /** Owners go along (into a guest). */
  readonly archive: boolean;
  /** A symlink that the source is is followed. */
  readonly followLink: boolean;
  readonly progress: CopyProgress;
  readonly signal: AbortSignal;
}

/** From this host into a guest. */
export async function copyIn(source: Host, target: Guest, copying: Copying): Promise<void> {
  const { client, signal, context } = copying;
  if (source.kind === "stream" && context.stdin.isTTY === true) {
    throw usageError(
      "nobody types an archive",
      "send one from a file or a program: `tar c … | banger vm cp - …`",
    );
  }
  const owners = copying.archive ? ["owners"] : [];
  const { words, bytes } =
    source.kind === "stream"
      ? { words: ["stream"], bytes: counted(context.stdin, copying) }
      : await packed(source.path, copying);
  const copy = await GuestCopy.open(client, target.ref, ["unpack", target.path, ...words, ...owners], signal);
  copy.session.stdout.resume();
  // A guest that has ended, or was given up, takes nothing more, and what we would read for it goes nowhere: a source that says nothing
  // just now would be waited for, too.
  const ended = new AbortController();
  const end = () => {
    ended.abort();
    if (source.kind === "stream") context.stdin.destroy();
  };
  const sent = pipeline(Readable.from(bytes, { objectMode: false }), copy.session.stdin, {
    signal: ended.signal,
  });
  const failed = copy.session.exit.then(end, end);
  try {
    await sent;
  } catch (error) {
    if (!ended.signal.aborted) {
      copy.session.hangUp();
      throw error;
    }
  }
  await failed;
  for (const note of await copy.finish()) say(context, `banger: ${note}`);
}

async function packed(path: string, copying: Copying) {
  const source = await localSource(path, copying.followLink);
  const hooks = {
    onBytes: (count: number) => copying.progress.add(count),
    leftOut: (name: string, why: string) =>
      say(copying.context, `banger: ${sanitize(name)} is left out: ${why}`),
  };
  const kind = source.kind === "directory" ? [] : ["file"];
  return { words: [...kind, "name", sourceName(path).name], bytes: pack(source, hooks) };
}

async function* counted(source: Readable, { progress }: Copying): AsyncGenerator<Buffer> {
  for await (const piece of source as AsyncIterable<Buffer>) {
    progress.add(piece.length);
    yield piece;
  }
}

/** From a guest to this host. */
export async function copyOut(source: Guest, target: Host, copying: Copying): Promise<void> {
  const { client, signal, context } = copying;
  if (target.kind === "stream" && context.stdout.isTTY === true) {
    throw usageError("an archive is nothing for a terminal", "send it to a file or a program: `… - | tar t`");
  }
  const follow = copying.followLink ? ["follow"] : [];
  const copy = await GuestCopy.open(client, source.ref, ["pack", source.path, ...follow], signal);
  copy.session.stdin.end();
  try {
    if (target.kind === "stream") await passOn(copy, copying);
    else await lay(copy, source.path, target.path, copying);
  } catch (error) {
    // Where the guest has ended, its word says more than our "cut short".
    if (copy.session.stdout.readableEnded && !signal.aborted) await copy.finish();
    copy.session.hangUp();
    throw error;
  }
  for (const note of await copy.finish()) say(context, `banger: ${note}`);
}

async function lay(copy: GuestCopy, from: string, to: string, { signal, progress }: Copying): Promise<void> {
  const name = sourceName(from);
  const tar = new TarReader(copy.session.stdout as AsyncIterable<Buffer>);
  await unpack(tar, (directory) => localTarget(to, { ...name, directory }), {
    signal,
    onBytes: (count) => progress.add(count),
  });
}

async function passOn(copy: GuestCopy, { context, progress }: Copying): Promise<void> {
  for await (const piece of copy.session.stdout as AsyncIterable<Buffer>) {
    progress.add(piece.length);
    await writeAll(context.stdout, piece);
  }
}

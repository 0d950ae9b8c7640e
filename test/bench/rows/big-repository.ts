import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { mustRun } from "../../e2e/support/run.ts";

export interface BigRepository {
  /** Small text files, in directories of a hundred. */
  readonly files: number;
  /** Versions of a few files that do not compress, spread over {@link COMMITS} commits. */
  readonly historyMib: number;
}

const COMMITS = 50;
const MIB = 1024 ** 2;
const AUTHOR = "Bench <bench@example.org>";

/** Makes a repository of one branch with its files checked out. */
export async function makeBigRepository(directory: string, size: BigRepository): Promise<void> {
  await mustRun("git", ["init", "--quiet", "--initial-branch", "main", directory]);
  const child = spawn("git", ["-C", directory, "fast-import", "--quiet"], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  await pipeline(Readable.from(history(size)), child.stdin);
  const [status] = await ended;
  if (status !== 0) throw new Error(`git fast-import ended with ${status}`);
  await mustRun("git", ["-C", directory, "checkout", "--quiet", "main"]);
}

/** @see git-fast-import(1) */
function* history({ files, historyMib }: BigRepository): Generator<Buffer | string> {
  yield* commit(0);
  for (let index = 0; index < files; index++)
    yield* file(`src/${Math.floor(index / 100)}/file-${index}.txt`, text(index));
  const assets = Math.max(1, Math.round(historyMib / COMMITS));
  for (let number = 1; number <= COMMITS; number++) {
    yield* commit(number);
    for (let asset = 0; asset < assets; asset++) yield* file(`assets/${asset}.bin`, randomBytes(MIB));
  }
}

function* commit(number: number): Generator<string> {
  const message = `commit ${number}`;
  yield `commit refs/heads/main\ncommitter ${AUTHOR} ${1_700_000_000 + number} +0000\n`;
  yield `data ${message.length}\n${message}\n`;
}

function* file(name: string, content: Buffer): Generator<Buffer | string> {
  yield `M 100644 inline ${name}\ndata ${content.length}\n`;
  yield content;
  yield "\n";
}

/** Some 2 KiB that compress as source text does, unlike any other file's. */
function text(index: number): Buffer {
  const lines = Array.from(
    { length: 40 },
    (_, line) => `  const value${line} = call(${index * 31 + line * 7});`,
  );
  return Buffer.from(`// ${index}\n${lines.join("\n")}\n`);
}

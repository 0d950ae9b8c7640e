import type { BangerError } from "../../shared/errors.ts";
import { BinaryBlocks } from "./binary.ts";
import type { PatchEntry } from "./entry.ts";
import { DIFF, type Header, isEmptyFile, nameLines, parseHeader } from "./header.ts";
import { notOurs, PATCH_LIMITS, type PatchLimits, tooLarge } from "./limits.ts";
import { checkPath } from "./paths.ts";

const NEWLINE = 10;
const BACKSLASH = 92;
const NO_NEWLINE = "\\ No newline at end of file";
/** Of lines that are read whole: two names of 4096 bytes, each byte in four characters. */
const MAX_LINE = 40_000;
const RANGE = /^@@ -(\d{1,10})(?:,(\d{1,10}))? \+(\d{1,10})(?:,(\d{1,10}))? @@(?: .*)?$/s;

type State = "outside" | "header" | "names" | "hunks" | "binary";

/**
 * Reads a patch that a guest has sent, in pieces of any size, and takes nothing but what `git diff-tree -p --binary --full-index
 * --no-renames` writes, to the byte of each header: what git passes over, guesses or forgives could mean something else to it than to us.
 * Content is passed over unseen, by the line counts of its hunk. The lists that come of it are bounded; memory is by files, not by bytes.
 */
export class PatchReader {
  readonly #limits: PatchLimits;
  readonly #entries: PatchEntry[] = [];
  #state: State = "outside";
  #line = 0;
  #offset = 0;
  #pathBytes = 0;
  /** Of binary files that are done, in bytes. */
  #unpacked = 0;
  /** The begin of a line that is to be read whole. */
  #partial = "";
  /** A line of content, whose rest is passed over. */
  #passing = false;
  #headerLines: string[] = [];
  #parsed: Header | null = null;
  #start = 0;
  #added = 0;
  #removed = 0;
  #hunks = 0;
  #binary: BinaryBlocks | null = null;
  /** Lines that the hunk under way still has of either side. */
  #before = 0;
  #after = 0;

  constructor(limits: PatchLimits = PATCH_LIMITS) {
    this.#limits = limits;
  }

  /** ERR_WORKSPACE_PATCH (not such a patch), ERR_WORKSPACE_PATCH_TOO_LARGE. */
  push(chunk: Buffer): void {
    if (this.#offset + chunk.length > this.#limits.bytes) throw tooLarge(`of ${this.#limits.bytes} bytes`);
    let at = 0;
    while (at < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline === -1 ? chunk.length : newline;
      this.#piece(chunk, at, end, newline !== -1);
      const next = newline === -1 ? chunk.length : newline + 1;
      this.#offset += next - at;
      at = next;
    }
  }

  /** All that the patch changes. ERR_WORKSPACE_PATCH when it ends in the middle of something. */
  end(): readonly PatchEntry[] {
    if (this.#partial !== "" || this.#passing) throw this.#bad("ends in the middle of a line");
    this.#close(this.#offset);
    return this.#entries;
  }

  get #inHunk(): boolean {
    return this.#before > 0 || this.#after > 0;
  }

  #piece(chunk: Buffer, at: number, end: number, complete: boolean): void {
    if (this.#passing) {
      this.#passing = !complete;
    } else if (this.#inHunk && this.#partial === "" && end > at && chunk[at] !== BACKSLASH) {
      this.#line += 1;
      this.#content(chunk[at] as number);
      this.#passing = !complete;
    } else {
      if (this.#partial.length + end - at > MAX_LINE) throw this.#bad("has a line that is too long");
      this.#partial += chunk.toString("latin1", at, end);
      if (!complete) return;
      const text = this.#partial;
      this.#partial = "";
      this.#line += 1;
      this.#whole(text, this.#offset + end - at - text.length);
    }
  }

  /** A line of a hunk, by its first byte. */
  #content(byte: number): void {
    const mark = String.fromCharCode(byte);
    const before = mark === " " || mark === "-" ? 1 : 0;
    const after = mark === " " || mark === "+" ? 1 : 0;
    if (before + after === 0 || before > this.#before || after > this.#after) {
      throw this.#bad("has a hunk of other lines than it says");
    }
    this.#before -= before;
    this.#after -= after;
    if (after === 0) this.#removed += 1;
    if (before === 0) this.#added += 1;
  }

  #whole(text: string, start: number): void {
    if (this.#inHunk) {
      if (text !== NO_NEWLINE) throw this.#bad("has a hunk of other lines than it says");
    } else if (this.#binary?.done === false) {
      if (!this.#binary.line(text)) throw this.#bad("has binary data that is none");
      if (this.#unpacked + this.#binary.bytes > this.#limits.contentBytes)
        throw tooLarge(`with ${this.#limits.contentBytes} bytes of binary files`);
    } else if (text.startsWith(DIFF)) {
      this.#close(start);
      this.#open(text, start);
    } else if (this.#state === "header") {
      this.#headerLine(text);
    } else if (this.#state === "names") {
      if (text !== nameLines(this.#header)[1]) throw this.#bad("names a file in two ways");
      this.#state = "hunks";
    } else if (this.#state === "hunks") {
      this.#hunk(text);
    } else {
      throw this.#bad("has a line that belongs to no file");
    }
  }

  #open(text: string, start: number): void {
    this.#state = "header";
    this.#headerLines = [text];
    this.#parsed = null;
    this.#start = start;
    this.#binary = null;
    this.#hunks = this.#added = this.#removed = 0;
  }

  #headerLine(text: string): void {
    const isText = text.startsWith("--- ");
    if (!isText && text !== "GIT binary patch") {
      this.#headerLines.push(text);
      if (this.#headerLines.length > 4) throw this.#bad("has a header of too many lines");
      return;
    }
    const { before, after } = this.#header;
    if ((before ?? after)?.oid === null) throw this.#bad("has content where only a mode changes");
    if (isText && text !== nameLines(this.#header)[0]) throw this.#bad("names a file in two ways");
    if (!isText && !(before ?? after)?.mode.startsWith("100")) throw this.#bad("has a link of binary data");
    this.#binary = isText ? null : new BinaryBlocks();
    this.#state = isText ? "names" : "binary";
  }

  #hunk(text: string): void {
    if (text === NO_NEWLINE && this.#hunks > 0) return;
    const range = RANGE.exec(text);
    if (range === null) throw this.#bad("has a hunk without its range");
    this.#hunks += 1;
    this.#before = Number(range[2] ?? 1);
    this.#after = Number(range[4] ?? 1);
    const { before, after } = this.#header;
    const wrong = (before === null && this.#before > 0) || (after === null && this.#after > 0);
    if (wrong || !this.#inHunk) throw this.#bad("has a hunk of lines that cannot be");
  }

  /** Asked for once all lines of a header are there. */
  get #header(): Header {
    this.#parsed ??= parseHeader(this.#headerLines);
    if (this.#parsed === null) throw this.#bad("has a header that git does not write");
    return this.#parsed;
  }

  /** The file before is at its end. */
  #close(end: number): void {
    if (this.#state === "outside") return;
    const { path, before, after } = this.#header;
    const hasContent = this.#hunks > 0 || this.#binary?.done === true;
    const mayBeWithout = this.#state === "header" && isEmptyFile(this.#header);
    if (this.#inHunk || !(hasContent || mayBeWithout)) throw this.#bad("ends in the middle of a file");
    checkPath(path, after?.mode ?? null);
    this.#pathBytes += path.length;
    this.#unpacked += this.#binary?.bytes ?? 0;
    if (this.#entries.length >= this.#limits.files || this.#pathBytes > this.#limits.pathBytes) {
      throw tooLarge(`of ${this.#entries.length} files`);
    }
    const { added, removed } = { added: this.#added, removed: this.#removed };
    const binary = this.#binary !== null;
    this.#entries.push({ path, before, after, binary, added, removed, start: this.#start, end });
  }

  #bad(what: string): BangerError {
    return notOurs(`it ${what} (line ${this.#line})`);
  }
}

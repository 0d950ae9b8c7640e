import { hash } from "node:crypto";
import { BangerError } from "../shared/errors.ts";
import type { Fingerprint } from "./archive.ts";
import { type Guest, guestRun } from "./guest.ts";
import {
  BRANCH,
  GUEST_HOME,
  HASH,
  HEADS,
  INSIDE,
  MANIFEST,
  READLINK,
  STAT,
  STATE,
  SUBMODULES,
} from "./guest-scripts.ts";
import { type BytePath, bytesOf, checkInside, joinZ, parentsOf, splitZ } from "./paths.ts";

export type Fingerprints = ReadonlyMap<BytePath, Fingerprint>;

/** What is at /root/repo. */
export type GuestState =
  | { readonly kind: "absent" | "foreign" | "torn" }
  /** Banger's, but the guest has not the programs that an update takes. */
  | { readonly kind: "lacks"; readonly what: string }
  | {
      readonly kind: "ours";
      /** HEAD as it is: the text of its file, and its commit (`none` on an unborn branch). */
      readonly head: string;
      readonly commit: string;
      /** The same as it was laid. */
      readonly laidHead: string;
      readonly base: string;
    };

/** What is at a path of the guest: a fingerprint, or what has none. */
export type GuestPrint = Fingerprint | "directory" | "other";

const LIST_BYTES = 256 * 1024 ** 2;
/** What a guest names as a commit is given to git on this host, which knows many ways to name one. */
const OID_OR_NONE = /^([0-9a-f]{40}|[0-9a-f]{64}|none)$/;

export async function guestState(guest: Guest, signal?: AbortSignal): Promise<GuestState> {
  const { stdout } = await script(guest, STATE, [], signal);
  const [kind, head = "", commit = "", laidHead = "", base = ""] = stdout.toString("utf8").split("\n");
  if (kind === "ours" && OID_OR_NONE.test(base)) return { kind, head, commit, laidHead, base };
  if (kind === "lacks") return { kind, what: head === "git" ? head : "GNU coreutils" };
  return { kind: kind === "absent" || kind === "torn" ? kind : "foreign" };
}

/** The manifest of the last prepare. What the guest has made of it is no matter: it only decides what is sent and what is asked. */
export async function guestManifest(guest: Guest, signal?: AbortSignal): Promise<Fingerprints> {
  const { stdout } = await script(guest, MANIFEST, [], signal);
  const manifest = new Map<BytePath, Fingerprint>();
  for (const line of splitZ(stdout)) {
    const [, fingerprint, path] = /^([fl] [0-7]{1,4} [0-9a-f]{64}) (.+)$/s.exec(line) ?? [];
    if (fingerprint === undefined || path === undefined) {
      throw new BangerError("ERR_WORKSPACE_MANIFEST", "the guest's record of the last prepare is damaged", {
        next: "copy everything anew with --force; what was changed in /root/repo is lost then",
      });
    }
    checkInside(path);
    manifest.set(path, fingerprint);
  }
  return manifest;
}

export function formatManifest(fingerprints: Fingerprints): Buffer {
  return Buffer.concat([...fingerprints].map(([path, print]) => Buffer.from(`${print} ${path}\0`, "latin1")));
}

/** What the last prepare has recorded of submodules. */
export async function guestSubmodules(guest: Guest, signal?: AbortSignal): Promise<Buffer> {
  return (await script(guest, SUBMODULES, [], signal)).stdout;
}

/** The commit that a branch of the guest's is at, or null. */
export async function guestBranch(guest: Guest, ref: string, signal?: AbortSignal): Promise<string | null> {
  const commit = (await script(guest, BRANCH, [], signal, [ref])).stdout.toString("latin1").trim();
  return OID_OR_NONE.test(commit) ? commit : null;
}

/** HEAD's text and commit, a line each, of the submodules at these paths that are there. */
export async function guestHeads(
  guest: Guest,
  paths: readonly BytePath[],
  signal?: AbortSignal,
): Promise<string> {
  if (paths.length === 0) return "";
  return (await script(guest, HEADS, paths, signal)).stdout.toString("utf8");
}

/** All that is at and below these directories. */
export async function guestInside(
  guest: Guest,
  directories: readonly BytePath[],
  signal?: AbortSignal,
): Promise<BytePath[]> {
  if (directories.length === 0) return [];
  const found = await script(
    guest,
    INSIDE,
    directories.map((each) => `./${each}`),
    signal,
  );
  return splitZ(found.stdout).map((each) => each.replace(/^\.\//, ""));
}

/** What the guest has at these paths, and at the directories that they lie in; nothing for what lies behind a link. */
export async function guestPrints(
  guest: Guest,
  paths: readonly BytePath[],
  signal?: AbortSignal,
): Promise<Map<BytePath, GuestPrint>> {
  const prints = new Map<BytePath, GuestPrint>();
  const modes = await guestModes(
    guest,
    [...new Set(paths.flatMap((path) => [path, ...parentsOf(path)]))],
    signal,
  );
  const typeOf = (path: BytePath) => (modes.get(path) ?? 0) & 0o170000;
  const ofType = (type: number) => [...prints.keys()].filter((path) => typeOf(path) === type);
  for (const path of modes.keys()) {
    if (parentsOf(path).some((parent) => typeOf(parent) !== 0o040000)) continue;
    prints.set(path, typeOf(path) === 0o040000 ? "directory" : "other");
  }
  for (const line of splitZ((await script(guest, HASH, ofType(0o100000), signal)).stdout)) {
    const [, digest, path] = /^([0-9a-f]{64}) [ *](.+)$/s.exec(line) ?? [];
    if (digest === undefined || path === undefined || !prints.has(path)) continue;
    prints.set(path, `f ${((modes.get(path) ?? 0) & 0o777).toString(8)} ${digest}`);
  }
  const links = ofType(0o120000);
  const targets = splitZ((await script(guest, READLINK, links, signal)).stdout);
  if (targets.length !== links.length) return prints;
  for (const [index, path] of links.entries()) {
    prints.set(path, `l 777 ${hash("sha256", bytesOf(targets[index] as string))}`);
  }
  return prints;
}

async function guestModes(
  guest: Guest,
  paths: readonly BytePath[],
  signal?: AbortSignal,
): Promise<Map<BytePath, number>> {
  const modes = new Map<BytePath, number>();
  for (const line of splitZ((await script(guest, STAT, paths, signal)).stdout)) {
    const [, hex, path] = /^([0-9a-f]{1,8}) (.+)$/s.exec(line) ?? [];
    if (hex !== undefined && path !== undefined) modes.set(path, Number.parseInt(hex, 16));
  }
  return modes;
}

async function script(
  guest: Guest,
  text: string,
  paths: readonly BytePath[],
  signal?: AbortSignal,
  args: readonly string[] = [],
) {
  const done = await guestRun(guest.open, ["sh", "-c", text, "banger", guest.home ?? GUEST_HOME, ...args], {
    input: joinZ(paths),
    maxBytes: LIST_BYTES,
    signal,
  });
  if (done.status === 0) return done;
  throw new BangerError(
    "ERR_GUEST_SCRIPT",
    `the guest could not be asked for its files: ${done.stderr.trim()}`,
    {
      next: "see whether `banger vm exec <vm> -- sh -c true` works",
    },
  );
}

import { createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { BangerError } from "../shared/errors.ts";
import { type Fingerprint, fileMember, planMembers, textMember } from "./archive.ts";
import { makeClone } from "./clone.ts";
import type { Guest } from "./guest.ts";
import { guestChanged, guestChanges } from "./guest-changes.ts";
import { UPDATE } from "./guest-scripts.ts";
import {
  type GuestState,
  guestBranch,
  guestHeads,
  guestManifest,
  guestPrints,
  guestSubmodules,
} from "./guest-tree.ts";
import { type BytePath, checkInside, joinZ, parentsOf, splitZ } from "./paths.ts";
import type { Plan, Plans } from "./plan.ts";
import {
  headText,
  type Prepared,
  type PrepareOptions,
  records,
  sendArchive,
  submoduleRecord,
} from "./prepare.ts";
import { tarEnd } from "./tar.ts";

interface UpdateOptions extends PrepareOptions {
  readonly base: string | null;
  readonly state: GuestState & { kind: "ours" };
}

/**
 * Sends what the guest has not: files by their hashes, which the guest computes of what it has now, and objects since the commit that it
 * was given. What was changed there is not overwritten: ERR_GUEST_CHANGED. Files that git ignores, or the guest made, stay; where only a
 * whole copy would do, which keeps nothing: ERR_WHOLE_COPY.
 */
export async function updateGuest(plans: Plans, options: UpdateOptions): Promise<Prepared> {
  const { guest, signal, state, base } = options;
  const [plan, ...submodules] = plans.all;
  const laid = await guestManifest(guest, signal);
  const wanted = await fingerprintsOf(plans);
  const there = await guestPrints(guest, [...laid.keys(), ...wanted.keys()], signal);
  const files = await guestChanges(guest, { laid, wanted, there }, signal);
  const recorded = await guestSubmodules(guest, signal);
  const head = headText(plan, options, base);
  const moved = [
    ...(state.head === state.laidHead && state.commit === state.base ? [] : [movedText("")]),
    ...(await movedSubmodules(guest, recorded, signal)),
    ...(await movedBranch(plan, head, options)),
  ];
  if (files.length + moved.length > 0) throw guestChanged(files, moved);
  const sameCommit = state.base === (base ?? "none") && state.laidHead === head;
  // Submodules have git directories of their own.
  if (!recorded.equals(submoduleRecord(submodules)))
    throw wholeCopy("submodules are at other commits, or are others, than those in the guest");
  if (base === null && !sameCommit) throw wholeCopy("the checkout is on a branch without a commit");
  const changed = new Set([...wanted.keys()].filter((file) => wanted.get(file) !== there.get(file)));
  const gone = [...laid.keys()].filter((file) => !wanted.has(file) && there.has(file));
  if (sameCommit && changed.size === 0 && gone.length === 0)
    return { kind: "unchanged", files: 0, bytes: 0, base };
  const git = sameCommit ? null : await newObjects(plan, options);
  async function* members(): AsyncGenerator<Buffer> {
    const parents = new Set([...changed].flatMap(parentsOf));
    for (const each of plans.all) {
      const entries = each.entries.filter(({ path: file, kind }) =>
        (kind === "directory" ? parents : changed).has(each.prefix + file),
      );
      // As they are sent: they may have changed since they were read for their hashes.
      yield* planMembers(each, entries, "files/", (file, print) => wanted.set(file, print));
    }
    yield textMember("delete", joinZ(gone));
    yield textMember("empty", joinZ(emptied(gone)));
    if (git !== null) yield* git();
    for (const [name, content] of records(plans, options, base, wanted))
      yield textMember(`banger/${name}`, content);
    yield textMember("complete", "");
    yield tarEnd();
  }
  const ref = head.startsWith("ref: ") ? head.slice("ref: ".length) : "";
  const bytes = await sendArchive(members(), UPDATE, sameCommit ? ["", ""] : [ref, base ?? ""], options);
  return { kind: "update", files: changed.size, bytes, base };
}

async function fingerprintsOf(plans: Plans): Promise<Map<BytePath, Fingerprint>> {
  const prints = new Map<BytePath, Fingerprint>();
  for (const plan of plans.all) {
    const files = plan.entries.filter((entry) => entry.kind !== "directory");
    const reading = planMembers(plan, files, "", (file, print) => prints.set(file, print));
    for await (const _ of reading);
  }
  return prints;
}

/** Whether the guest is at other commits in submodules than it was given. */
async function movedSubmodules(guest: Guest, recorded: Buffer, signal?: AbortSignal): Promise<string[]> {
  const fields = splitZ(recorded);
  const prefixes = fields.filter((_, index) => index % 3 === 0);
  for (const prefix of prefixes) checkInside(prefix.replace(/\/$/, ""));
  const laid = fields.filter((_, index) => index % 3 !== 0).map((line) => `${line}\n`);
  const heads = await guestHeads(guest, prefixes, signal);
  return heads === laid.join("") ? [] : [movedText(" of a submodule")];
}

/** Whether HEAD goes to a branch where the guest has commits that this host has not: nothing would lead to them any more. */
async function movedBranch(
  { repository }: Plan,
  head: string,
  { guest, signal, state }: UpdateOptions,
): Promise<string[]> {
  if (head === state.laidHead || !head.startsWith("ref: ")) return [];
  const ref = head.slice("ref: ".length);
  const there = await guestBranch(guest, ref, signal);
  if (there === null || (await repository.commit(there)) !== null) return [];
  return [`its branch ${ref.replace(/^refs\/heads\//, "")} has commits of its own`];
}

function movedText(where: string): string {
  return `HEAD${where} is at another commit or branch`;
}

function wholeCopy(why: string): BangerError {
  return new BangerError("ERR_WHOLE_COPY", `what has changed cannot be sent alone: ${why}`, {
    next: "--force replaces all of /root/repo; take out first what was made there",
  });
}

/** Directories that may be empty now, innermost first. */
function emptied(gone: readonly BytePath[]): BytePath[] {
  return [...new Set(gone.flatMap(parentsOf))].sort((a, b) => (a < b ? 1 : -1));
}

/** Members for the objects that the guest has not, and the index and history that go with them. */
async function newObjects(plan: Plan, options: UpdateOptions): Promise<() => AsyncGenerator<Buffer>> {
  const { repository } = plan;
  const { base, state, signal } = options;
  const known = state.base === "none" ? null : await repository.commit(state.base);
  const gitDir = path.join(repository.temp, "clone");
  await makeClone(plan, options, gitDir, signal, known);
  const pack = path.join(repository.temp, "pack");
  const args = ["pack-objects", "--quiet", "--stdout", "--revs", "--thin", "--delta-base-offset"];
  const input = `${base}\n${known === null ? "" : `^${known}\n`}`;
  const { stdout, done } = repository.program.pipe(args, { gitDir, cwd: repository.temp, input, signal });
  await Promise.all([pipeline(stdout, createWriteStream(pack, { mode: 0o600 })), done]);
  return async function* () {
    yield* fileMember(pack, "git/pack");
    yield* fileMember(path.join(gitDir, "index"), "git/index");
    yield* fileMember(path.join(gitDir, "shallow"), "git/shallow");
  };
}

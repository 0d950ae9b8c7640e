import { createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { BangerError } from "../shared/errors.ts";
import { type Fingerprint, fileMember, planMembers, textMember } from "./archive.ts";
import { makeClone } from "./clone.ts";
import { UPDATE } from "./guest-scripts.ts";
import { type Fingerprints, type GuestState, guestManifest, guestPrints } from "./guest-tree.ts";
import { type BytePath, joinZ, parentsOf } from "./paths.ts";
import { type Plan, type Plans, sample } from "./plan.ts";
import { headText, type Prepared, type PrepareOptions, records, sendArchive } from "./prepare.ts";
import { tarEnd } from "./tar.ts";

interface UpdateOptions extends PrepareOptions {
  readonly base: string | null;
  readonly state: GuestState & { kind: "ours" };
}

/**
 * Sends what the guest has not: files by their hashes, which the guest computes of what it has now, and objects since the commit that it
 * was given. What was changed there is not overwritten: ERR_GUEST_CHANGED. Files that git ignores, or the guest made, stay. Null where
 * only a whole copy does.
 */
export async function updateGuest(plans: Plans, options: UpdateOptions): Promise<Prepared | null> {
  const { guest, signal, state, base } = options;
  const [plan] = plans.all;
  const laid = await guestManifest(guest, signal);
  const wanted = await fingerprintsOf(plans);
  const there = await guestPrints(guest, [...new Set([...laid.keys(), ...wanted.keys()])], signal);
  checkUnchanged(laid, wanted, there, state);
  const head = headText(plan, options, base);
  const sameCommit = state.base === (base ?? "none") && state.laidHead === head;
  // Submodules have git directories of their own, and an unborn branch has no commit to begin at.
  if (plans.all.length > 1 || (!sameCommit && (base === null || state.base === "none"))) return null;
  const changed = new Set([...wanted.keys()].filter((file) => wanted.get(file) !== there.get(file)));
  const gone = [...laid.keys()].filter((file) => !wanted.has(file) && there.has(file));
  if (sameCommit && changed.size === 0 && gone.length === 0)
    return { kind: "unchanged", files: 0, bytes: 0, base };
  const git = sameCommit ? null : await newObjects(plan, options);
  async function* members(): AsyncGenerator<Buffer> {
    const parents = new Set([...changed].flatMap(parentsOf));
    const entries = plan.entries.filter(({ path: file, kind }) =>
      (kind === "directory" ? parents : changed).has(file),
    );
    yield* planMembers(plan, entries, "files/", () => undefined);
    yield textMember("delete", joinZ(gone));
    yield textMember("empty", joinZ(emptied(gone)));
    if (git !== null) yield* git();
    for (const [name, content] of records(plan, options, base, wanted))
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

function checkUnchanged(
  laid: Fingerprints,
  wanted: Fingerprints,
  there: ReadonlyMap<BytePath, string>,
  state: UpdateOptions["state"],
): void {
  const edited = [...laid].filter(
    ([file, print]) => there.get(file) !== print && there.get(file) !== wanted.get(file),
  );
  const made = [...wanted].filter(
    ([file, print]) => !laid.has(file) && there.has(file) && there.get(file) !== print,
  );
  const files = [...edited, ...made].map(([file]) => file);
  const moved = state.head !== state.laidHead || state.commit !== state.base;
  if (files.length === 0 && !moved) return;
  const what = [
    ...(moved ? ["HEAD is at another commit or branch"] : []),
    ...(files.length === 0 ? [] : [`${files.length} files differ (${sample(files)})`]),
  ];
  throw new BangerError("ERR_GUEST_CHANGED", `/root/repo was changed in the guest: ${what.join("; ")}`, {
    next: "take the changes out first, with `banger vm workspace export <vm>`; --force replaces all of /root/repo",
    details: { files: files.length },
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
  const known = await repository.commit(state.base);
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

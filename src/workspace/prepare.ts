import { randomBytes } from "node:crypto";
import path from "node:path";
import { Readable } from "node:stream";
import { BangerError } from "../shared/errors.ts";
import { directoryMembers, type Fingerprint, planMembers, textMember } from "./archive.ts";
import { type Branch, type Clone, makeClone, startOf } from "./clone.ts";
import { coalesce, type Meter, metered } from "./flow.ts";
import { type Guest, guestEnded, guestRun } from "./guest.ts";
import { ENDED_STATUS, FULL_COPY, GUEST_HOME, STAGING } from "./guest-scripts.ts";
import { formatManifest, type GuestState, guestState } from "./guest-tree.ts";
import { type BytePath, joinZ } from "./paths.ts";
import type { Plan, Plans } from "./plan.ts";
import { tarEnd, tarHeader } from "./tar.ts";
import { updateGuest } from "./update.ts";

export interface PrepareOptions extends Branch {
  readonly guest: Guest;
  /** Replaces what is at /root/repo, whatever it is. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told now and then how many bytes are with the guest. */
  readonly meter?: Meter;
}

export interface Prepared {
  /** `update`: only what was not there. */
  readonly kind: "copy" | "update" | "unchanged";
  readonly files: number;
  /** Sent. */
  readonly bytes: number;
  readonly base: string | null;
}

/**
 * Brings the planned files and their history to /root/repo in the guest (WS-1). Whatever ends it, the guest has the old tree or the new one,
 * and no file of a copy that was begun. ERR_WORKSPACE_THERE (something else is at /root/repo), ERR_GUEST_CHANGED (an update would
 * overwrite work of the guest's), ERR_WHOLE_COPY, ERR_WORKSPACE_TOOLS, ERR_WORKSPACE_CHANGED, ERR_HISTORY, ERR_BAD_BRANCH, ERR_NO_COMMIT, ERR_GUEST_SCRIPT.
 */
export async function prepareGuest(plans: Plans, options: PrepareOptions): Promise<Prepared> {
  const { guest, signal, force = false } = options;
  const [plan] = plans.all;
  const base = await startOf(plan.repository, options);
  const state = await guestState(guest, signal);
  if (force || state.kind === "absent")
    return fullCopy(plans, options, state.kind === "absent" ? "new" : "replace");
  if (state.kind !== "ours") throw thereAlready(state);
  return updateGuest(plans, { ...options, base, state });
}

function thereAlready(state: GuestState): BangerError {
  if (state.kind === "lacks") {
    return new BangerError(
      "ERR_WORKSPACE_TOOLS",
      `the guest has no ${state.what}, which sending only what changed takes`,
      { next: "install it there; or --force replaces all of /root/repo, also what was made in it" },
    );
  }
  const what =
    state.kind === "torn"
      ? "the last prepare of /root/repo was cut off by a stop of the VM"
      : "/root/repo in the guest was not made by banger";
  return new BangerError("ERR_WORKSPACE_THERE", what, {
    next: "look at it with `banger vm shell <vm>`; --force replaces it",
  });
}

/** HEAD as it will be laid, for the next prepare to compare with. */
export function headText(plan: Plan, { branch }: Branch, base: string | null): string {
  const ref = branch === undefined ? plan.repository.headRef : `refs/heads/${branch}`;
  return ref === null ? String(base) : `ref: ${ref}`;
}

async function fullCopy(plans: Plans, options: PrepareOptions, how: "new" | "replace"): Promise<Prepared> {
  const { signal } = options;
  const clones: Clone[] = [];
  for (const plan of plans.all) {
    const branch = plan.prefix === "" ? options : {};
    clones.push(await makeClone(plan, branch, path.join(plan.repository.temp, "clone"), signal));
  }
  const prints = new Map<BytePath, Fingerprint>();
  const [first] = clones;
  const base = first?.base ?? null;
  async function* members(): AsyncGenerator<Buffer> {
    yield tarHeader({ path: "repo", kind: "directory", mode: 0o755, size: 0, mtime: 0 });
    for (const [index, plan] of plans.all.entries()) {
      yield* planMembers(plan, plan.entries, "repo/", (file, print) => prints.set(file, print));
      yield* directoryMembers(clones[index]?.gitDir ?? "", `repo/${plan.prefix}.git`);
    }
    for (const [name, content] of records(plans, options, base, prints)) {
      yield textMember(`repo/.git/banger/${name}`, content);
    }
    yield textMember("complete", "");
    yield tarEnd();
  }
  const bytes = await sendArchive(members(), FULL_COPY, [how], options);
  return { kind: "copy", files: prints.size, bytes, base };
}

/** What is kept in the guest's git directory: `base` is the commit that an export begins at. */
export function records(
  plans: Plans,
  branch: Branch,
  base: string | null,
  prints: ReadonlyMap<BytePath, Fingerprint>,
): [string, Buffer | string][] {
  const [plan, ...submodules] = plans.all;
  return [
    ["base", `${base ?? "none"}\n`],
    ["head", `${headText(plan, branch, base)}\n`],
    ["submodules", submoduleRecord(submodules)],
    ["manifest", formatManifest(prints)],
  ];
}

/** Of each submodule its place, its HEAD's text and its HEAD's commit. */
export function submoduleRecord(submodules: readonly Plan[]): Buffer {
  return joinZ(
    submodules.flatMap((plan) => {
      const { head } = plan.repository;
      return [plan.prefix, headText(plan, {}, head), head ?? "none"];
    }),
  );
}

/** Streams an archive to a script in the guest; `args` follow the staging directory. Gives the bytes sent. ERR_GUEST_SCRIPT. */
export async function sendArchive(
  members: AsyncIterable<Buffer>,
  script: string,
  args: readonly string[],
  { guest, signal, meter }: Pick<PrepareOptions, "guest" | "signal" | "meter">,
): Promise<number> {
  const staging = `${STAGING}${randomBytes(6).toString("hex")}`;
  const home = guest.home ?? GUEST_HOME;
  let bytes = 0;
  const count = (sent: number) => {
    bytes = sent;
    meter?.(sent);
  };
  const input = Readable.from(metered(coalesce(members), count), { objectMode: false });
  try {
    const done = await guestRun(guest.open, ["sh", "-c", script, "banger", home, staging, ...args], {
      input,
      signal,
    });
    if (done.status === 0) return bytes;
    if (done.status === ENDED_STATUS) throw guestEnded("the copy");
    throw new BangerError(
      "ERR_GUEST_SCRIPT",
      `the guest could not take the files: ${lastLine(done.stderr)}`,
      {
        next: "see whether /root has room: `banger vm exec <vm> -- df -h /root`",
        details: { status: done.status },
      },
    );
  } catch (error) {
    // The guest does so itself when it is hung up; it may have been killed over it.
    await guestRun(guest.open, ["rm", "-rf", "--", `${home}/${staging}`], {}).catch(() => undefined);
    throw error;
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "no reason was given";
}

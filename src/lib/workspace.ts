import os from "node:os";
import path from "node:path";
import type { RpcClient } from "../rpc/client.ts";
import { applyExport } from "../workspace/apply/apply.ts";
import { notesOf } from "../workspace/describe.ts";
import { writeOutput } from "../workspace/export/output-file.ts";
import type { Export } from "../workspace/export/receive.ts";
import { exportOver, runExport } from "../workspace/export/run.ts";
import { Git } from "../workspace/git.ts";
import { REPO } from "../workspace/guest-scripts.ts";
import type { PatchEntry } from "../workspace/patch/entry.ts";
import { bytesOf, shown } from "../workspace/paths.ts";
import { makePlans } from "../workspace/plan.ts";
import { prepareGuest } from "../workspace/prepare.ts";
import { openRepository } from "../workspace/repository.ts";
import { tempDirectory } from "../workspace/temp.ts";
import { type UserHome, userSettings } from "../workspace/user-settings.ts";
import type {
  WorkspaceApplied,
  WorkspaceExport,
  WorkspaceExportOptions,
  WorkspacePrepared,
  WorkspacePrepareOptions,
} from "./workspace-types.ts";

/**
 * The checkout at /root/repo of a VM: yours in, a patch out. Git runs here, as you, and nothing that a repository's configuration or hooks
 * name. One call at a time for each VM: others wait. All reject with ERR_VM_NOT_FOUND, ERR_VM_NOT_RUNNING, ERR_GIT_MISSING, ERR_GIT and
 * ERR_DAEMON_LOST.
 */
export class VmWorkspace {
  readonly #rpc: Pick<RpcClient, "exec" | "workspace">;
  readonly #ref: string;
  readonly #git = new Git({ env: process.env });

  constructor(rpc: Pick<RpcClient, "exec" | "workspace">, ref: string) {
    this.#rpc = rpc;
    this.#ref = ref;
  }

  /**
   * Copies the checkout that `directory` is in; a second time only what the guest has not. ERR_NO_REPOSITORY, ERR_BARE_REPOSITORY,
   * ERR_BAD_BRANCH, ERR_NO_COMMIT, ERR_GUEST_CHANGED (the guest's changes would be lost), ERR_WHOLE_COPY, ERR_WORKSPACE_THERE.
   */
  async prepare(directory: string, options: WorkspacePrepareOptions = {}): Promise<WorkspacePrepared> {
    const {
      branch,
      from,
      force = false,
      includeUntracked = false,
      fullCopy = false,
      onBytes,
      signal,
    } = options;
    const home = userHome();
    await using plans = await makePlans(this.#git, directory, { home, includeUntracked, fullCopy, signal });
    // Awaited here: the plans' temporary files are gone with this scope.
    return await this.#alone(signal, async () => {
      const guest = {
        open: (stream: { signal?: AbortSignal | undefined }) => this.#rpc.exec(this.#ref, stream),
      };
      const meter = onBytes === undefined ? {} : { meter: onBytes };
      const prepared = await prepareGuest(plans, { guest, branch, from, force, signal, ...meter });
      return { ...prepared, notes: notesOf(plans) };
    });
  }

  /**
   * Writes what has changed in the guest to `file`, as one patch: later commits, uncommitted changes, and untracked files unless git ignores
   * them. What was in the file stays unless the patch is whole. ERR_WORKSPACE_NO_REPOSITORY, ERR_WORKSPACE_NO_BASE, ERR_WORKSPACE_PATCH (what
   * came would lead git astray), ERR_OUTPUT, and other ERR_WORKSPACE_* codes.
   */
  async export(file: string, options: WorkspaceExportOptions = {}): Promise<WorkspaceExport> {
    await using temp = await tempDirectory();
    const made = await this.#receive(path.join(temp.path, "export.patch"), options);
    await writeOutput(made.file, file);
    return { ...exported(made, made.entries), patchBytes: made.bytes };
  }

  /**
   * Puts what has changed in the guest into the checkout that `directory` is in, all of it or nothing; three-way where it does not fit as
   * it is. ERR_WORKSPACE_CONFLICT (both have changed the same lines; `conflicts` has markers written instead),
   * ERR_WORKSPACE_DOES_NOT_APPLY, and what {@link VmWorkspace.export} rejects with.
   */
  async apply(
    directory: string,
    options: WorkspaceExportOptions & { readonly conflicts?: boolean | undefined } = {},
  ): Promise<WorkspaceApplied> {
    const { conflicts = false, signal } = options;
    await using repository = await openRepository(this.#git, directory, { signal });
    const made = await this.#receive(path.join(repository.temp, "export.patch"), options);
    const settings = await userSettings(this.#git, userHome(), signal);
    const applied = await applyExport(repository, made, { conflicts, userSettings: settings, signal });
    return {
      ...exported(made, applied.entries),
      how: applied.how,
      conflicts: applied.conflicts.map(shown),
      unstaged: applied.unstaged.map(shown),
    };
  }

  #receive(file: string, options: WorkspaceExportOptions): Promise<Export> {
    const { baseCommit: base, directory = REPO, onBytes, signal } = options;
    return this.#alone(signal, async () => {
      const start = exportOver(await this.#rpc.exec(this.#ref, { signal }));
      const meter = onBytes === undefined ? {} : { onBytes };
      return await runExport(start, { vm: this.#ref, directory, base, file, ...meter });
    });
  }

  /** While nobody else prepares or exports (WS-4). */
  async #alone<T>(signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
    const held = await this.#rpc.workspace(this.#ref, { signal });
    try {
      return await body();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      held.destroy();
    }
  }
}

function userHome(): UserHome {
  const { HOME = os.homedir(), XDG_CONFIG_HOME } = process.env;
  return { HOME, XDG_CONFIG_HOME };
}

function exported(made: Export, entries: readonly PatchEntry[]): Omit<WorkspaceExport, "patchBytes"> {
  const { base, tree, nested, submodules } = made;
  const changes = entries.map(({ path: name, before, after, binary, added, removed }) => ({
    path: shown(name),
    pathBytes: bytesOf(name),
    modeBefore: before?.mode ?? null,
    modeAfter: after?.mode ?? null,
    binary,
    added,
    removed,
  }));
  return { base, tree, changes, nested, submodules };
}

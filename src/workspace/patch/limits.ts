import { BangerError } from "../../shared/errors.ts";

/** More than anybody changes at once; what keeps a list, and the memory for it, small. */
export interface PatchLimits {
  readonly files: number;
  /** Of all paths together. */
  readonly pathBytes: number;
  /** `git apply` takes no patch of 1023 MiB or more (2.39). */
  readonly bytes: number;
  /** Of binary content, unpacked, before and after together: git has all of it in memory, and a few bytes can stand for any number. */
  readonly contentBytes: number;
}

export const PATCH_LIMITS: PatchLimits = {
  files: 500_000,
  pathBytes: 64 * 2 ** 20,
  bytes: 1023 * 2 ** 20 - 1,
  contentBytes: 2 * 2 ** 30,
};

export function tooLarge(what: string): BangerError {
  return new BangerError(
    "ERR_WORKSPACE_PATCH_TOO_LARGE",
    `the guest's patch is larger than banger takes, ${what}`,
    {
      next: "have git ignore in the guest what need not come back (.gitignore), or copy it with `banger vm cp`",
    },
  );
}

export function notOurs(why: string): BangerError {
  return new BangerError("ERR_WORKSPACE_PATCH", `the guest's patch is refused: ${why}`, {
    next: "nothing was changed; see in the guest what its git is: `banger vm exec <vm> -- git --version`",
  });
}

import type { DoctorCheck } from "../../domain/doctor.ts";
import { pass, warn } from "../check.ts";

export interface SshConfigState {
  /** The user's own. */
  readonly file: string;
  /** Whether banger's block is in it. */
  readonly installed: boolean;
  /** What the block includes. */
  readonly ownFile: string;
  /** Files that are needed for it, and not there. */
  readonly missing: readonly string[];
}

const INSTALL = "banger ssh-config --install";

/** Whether `ssh <name>.vm` works (SSH-2). Without it nothing of banger's is amiss: it is the user's to choose. */
export function checkSshConfig({ file, installed, ownFile, missing }: SshConfigState): DoctorCheck {
  if (!installed) return pass("ssh-config", `\`ssh <name>.vm\` is not set up; \`${INSTALL}\` does that`);
  const [first] = missing;
  if (first === undefined) return pass("ssh-config", `\`ssh <name>.vm\` works: ${file} includes ${ownFile}`);
  return warn(
    "ssh-config",
    `\`ssh <name>.vm\` does not work: ${file} leads to ${first}, which is not there`,
    {
      command: INSTALL,
    },
  );
}

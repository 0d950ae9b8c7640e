import type { DoctorCheck } from "../../domain/doctor.ts";
import { failure, pass, warn } from "../check.ts";

export interface SshState {
  /** OpenSSH's client, or null. */
  readonly client: string | null;
  readonly keyFile: string;
  /** What reading the user's key threw, or null; a key that is not there yet is none. */
  readonly keyError: unknown;
  readonly keyThere: boolean;
}

/** SSH-1, CFG-5. */
export function checkSsh({ client, keyFile, keyError, keyThere }: SshState): DoctorCheck {
  if (keyError !== null) return failure("ssh", keyError);
  const key = keyThere ? `the key is ${keyFile}` : `${keyFile} is made at first use`;
  if (client === null) {
    return warn(
      "ssh",
      `OpenSSH's client is not installed: \`banger vm ssh\` uses its own, without port forwarding, agent or sftp; ${key}`,
      { command: "apt-get install -y openssh-client" },
    );
  }
  return pass("ssh", `\`banger vm ssh\` uses ${client}; ${key}`);
}

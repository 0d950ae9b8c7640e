import type { DoctorCheck } from "../../domain/doctor.ts";
import { fail, pass } from "../check.ts";

export interface ArtifactState {
  readonly name: string;
  /** Whether it is recorded here. */
  readonly local: boolean;
  /** Its files that are gone. */
  readonly lost: readonly string[];
  /** Whether the catalog has it. */
  readonly inCatalog: boolean;
  /** Programs and keys that its assembly needs and this host lacks, with the Debian package of each. */
  readonly lacking: readonly { what: string; package: string }[];
  /** The command that removes it, so that it is assembled anew; null where VMs would go with it. */
  readonly remove: string | null;
}

/** The default image, or its kernel: here, or assembled at first use, for which the tools must be there. */
export function checkArtifact(kind: "image" | "kernel", state: ArtifactState): DoctorCheck {
  const { name, local, lost, inCatalog, lacking, remove } = state;
  if (lost.length > 0) {
    const message = `${name} is recorded, and its files are gone: ${lost.join(", ")}`;
    if (remove !== null) return fail(kind, message, { command: remove });
    return fail(kind, message, {
      next: "restore them from a backup, or move the state directory away to begin anew",
    });
  }
  if (local) return pass(kind, `${name} is there`);
  if (!inCatalog) {
    return fail(kind, `${name} is neither here nor in the catalog`, {
      next:
        kind === "image"
          ? "set `default_image_name` to one of `banger image list --available`"
          : "see `banger kernel list --available`",
    });
  }
  if (lacking.length === 0)
    return pass(kind, `${name} will be assembled from the Debian archive at first use`);
  const packages = [...new Set(lacking.map((each) => each.package))].sort();
  return fail(
    kind,
    `${name} cannot be assembled: ${lacking.map(({ what }) => what).join(", ")} not installed`,
    {
      command: `apt-get install -y ${packages.join(" ")}`,
    },
  );
}

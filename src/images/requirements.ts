import { BangerError } from "../shared/errors.ts";
import { requireKeyring } from "./debian/mmdebstrap.ts";
import { findTool } from "./tool.ts";

/** Every program that assembling an image or a kernel from the archive starts. */
const TOOLS = ["chroot", "mkfs.ext4", "mmdebstrap", "setpriv", "unshare", "xz"];

export interface Lacking {
  /** The program, or what else it is. */
  readonly what: string;
  /** The Debian package that has it. */
  readonly package: string;
}

/** What an assembly needs and this host lacks. */
export async function lackingTools(): Promise<Lacking[]> {
  const asked = [
    ...TOOLS.map((tool) => ({ what: tool, find: () => findTool(tool) })),
    { what: "Debian's archive keys", find: requireKeyring },
  ];
  const found = await Promise.all(asked.map(({ what, find }) => lacking(what, find)));
  return found.filter((each) => each !== null);
}

async function lacking(what: string, find: () => Promise<unknown>): Promise<Lacking | null> {
  try {
    await find();
    return null;
  } catch (error) {
    if (!(error instanceof BangerError) || error.code !== "ERR_TOOL_MISSING") throw error;
    return { what, package: String(error.details.package) };
  }
}

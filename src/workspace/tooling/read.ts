import path from "node:path";
import { errorMessage } from "../../shared/errors.ts";
import { readPlainFile } from "../files.ts";
import { planTooling, TOOL_FILES, type ToolingPlan } from "./plan.ts";

/** A lockfile can be large; what pins tools is not. */
const MOST_BYTES = 1024 ** 2;

/**
 * The plan of a checkout, from the files at its top. Best effort, never fatal: a file that cannot be read, is too large, or is a link or a
 * pipe, is a note.
 */
export async function planToolingOf(directory: string): Promise<ToolingPlan> {
  const files = new Map<string, string>();
  const notes: string[] = [];
  for (const name of TOOL_FILES) {
    try {
      const bytes = await readPlainFile(path.join(directory, name), MOST_BYTES);
      if (bytes !== null) files.set(name, bytes.toString("utf8"));
    } catch (error) {
      notes.push(`${name}: ${errorMessage(error)}`);
    }
  }
  const plan = planTooling(files);
  return { tools: plan.tools, notes: [...notes, ...plan.notes] };
}

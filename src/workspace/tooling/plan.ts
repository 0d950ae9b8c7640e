import { NOTHING, type Said } from "./pin.ts";
import { goMod } from "./sources/go.ts";
import { miseToml, toolVersions } from "./sources/mise.ts";
import { nodeVersion, packageJson } from "./sources/node.ts";
import { pyproject, pythonVersion } from "./sources/python.ts";
import { rustToolchain } from "./sources/rust.ts";

/**
 * The files that pin tools, at the top of a repository, the most telling first: what names all tools, then what names one, then ranges. Of two
 * that pin one tool the earlier counts.
 */
const SOURCES: readonly (readonly [string, (text: string) => Said])[] = [
  ["mise.toml", miseToml],
  [".mise.toml", miseToml],
  [".tool-versions", toolVersions],
  ["go.mod", goMod],
  [".nvmrc", nodeVersion],
  [".node-version", nodeVersion],
  [".python-version", pythonVersion],
  ["rust-toolchain.toml", rustToolchain],
  ["rust-toolchain", rustToolchain],
  ["package.json", packageJson],
  ["pyproject.toml", pyproject],
];

export const TOOL_FILES: readonly string[] = SOURCES.map(([name]) => name);

/** A repository that names more does not mean it. */
const MOST_TOOLS = 50;
const MOST_NOTES = 50;

export interface PlannedTool {
  readonly tool: string;
  /** As mise takes it: `20.11`, `lts`, `nightly-2024-01-01`. */
  readonly version: string;
  readonly file: string;
  /** The range that the version was taken from, or null. */
  readonly wanted: string | null;
}

/** Which tools to prepare in a guest (RUN-6), and in one sentence each what was left out. */
export interface ToolingPlan {
  readonly tools: readonly PlannedTool[];
  readonly notes: readonly string[];
}

/** Makes the plan from the texts of {@link TOOL_FILES}, as far as they are there. Nothing that they say makes it fail. */
export function planTooling(files: ReadonlyMap<string, string>): ToolingPlan {
  const tools = new Map<string, PlannedTool>();
  const notes: string[] = [];
  for (const [file, source] of SOURCES) {
    const text = files.get(file);
    const said = text === undefined ? NOTHING : source(text.replace(/^\ufeff/, ""));
    notes.push(...said.notes.map((each) => `${file}: ${each}`));
    for (const { tool, version, wanted } of said.pins) {
      const before = tools.get(tool);
      if (before === undefined) tools.set(tool, { tool, version, file, wanted });
      else if (before.version !== version && before.file !== file) {
        notes.push(`${file}: ${tool} ${wanted ?? version} gives way to ${before.version} of ${before.file}`);
      }
    }
  }
  const all = [...tools.values()];
  if (all.length > MOST_TOOLS)
    notes.unshift(`only the first ${MOST_TOOLS} of ${all.length} tools are prepared`);
  return { tools: all.slice(0, MOST_TOOLS), notes: notes.slice(0, MOST_NOTES) };
}

/** For `--dry-run`, one line each: `node 20 (package.json: ^20.1.0)`. */
export function toolLines({ tools, notes }: ToolingPlan): string[] {
  return [
    ...tools.map(({ tool, version, file, wanted }) =>
      wanted === null ? `${tool} ${version} (${file})` : `${tool} ${version} (${file}: ${wanted})`,
    ),
    ...notes.map((each) => `not prepared: ${each}`),
  ];
}

import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { BangerError } from "../shared/errors.ts";
import type { ConfigData } from "./config-data.ts";
import { formatConfig } from "./config-data.ts";
import type { Place } from "./discover.ts";
import { kindOf, readPlainFile } from "./files.ts";

const SMALL = 4 * 1024 ** 2;
const INDEX = 1024 ** 3;
const REF = 4096;

/**
 * A git directory of our own beside somebody's repository: its objects by reference, copies of HEAD, index and refs, and a configuration
 * that says nothing but the format. Git given this one cannot be told anything by the repository's own `config` or hooks, also not by
 * settings that are not known today. Links inside the git directory are refused: they would lead to files of other repositories.
 */
export async function makeShadow(place: Place, config: ConfigData, shadow: string): Promise<void> {
  const { gitDir, commonDir } = place;
  await mkdir(path.join(shadow, "info"), { recursive: true, mode: 0o700 });
  await mkdir(path.join(shadow, "objects/info"), { recursive: true });
  await mkdir(path.join(shadow, "refs"));
  if ((await kindOf(path.join(commonDir, "objects"))) !== "directory") throw odd(commonDir, "has no objects");
  await writeFile(
    path.join(shadow, "objects/info/alternates"),
    `${quoted(path.join(commonDir, "objects"))}\n`,
  );
  await writeFile(path.join(shadow, "config"), formatConfig(settingsOf(place, config)));
  await writeFile(path.join(shadow, "packed-refs"), await allRefs(place));
  const sharedIndexes = (await readdir(gitDir)).filter((name) => /^sharedindex\.[0-9a-f]{40,64}$/.test(name));
  const copies = [
    [gitDir, "HEAD", REF],
    [gitDir, "index", INDEX],
    [commonDir, "shallow", SMALL],
    [commonDir, "info/exclude", SMALL],
    [commonDir, "info/attributes", SMALL],
    [gitDir, "info/sparse-checkout", SMALL],
    ...sharedIndexes.map((name) => [gitDir, name, INDEX] as const),
  ] as const;
  for (const [from, name, maxBytes] of copies) {
    const bytes = await readPlainFile(path.join(from, name), maxBytes);
    if (bytes !== null) await writeFile(path.join(shadow, name), bytes);
  }
}

function settingsOf(place: Place, config: ConfigData): [string, string][] {
  if ((config.get("extensions.refstorage") ?? "files") !== "files") {
    throw odd(place.commonDir, "keeps its refs as reftable, which banger does not read yet");
  }
  const format = config.get("extensions.objectformat") ?? "sha1";
  if (format !== "sha1" && format !== "sha256") throw odd(place.commonDir, `has objects of format ${format}`);
  return [
    ["core.repositoryformatversion", "1"],
    ["core.bare", "false"],
    // A clone asks for commits by id.
    ["uploadpack.allowanysha1inwant", "true"],
    ["extensions.objectformat", format],
  ];
}

/** All refs as one file of packed refs, unsorted: loose ones count before packed ones, and symbolic ones are left out. */
async function allRefs({ commonDir }: Place): Promise<string> {
  const loose = new Map<string, string>();
  await readLoose(commonDir, "refs", loose);
  const packed = (await readPlainFile(path.join(commonDir, "packed-refs"), INDEX))?.toString("utf8") ?? "";
  const lines = packed.split("\n").filter((line) => {
    const name = /^[0-9a-f]{40,64} (\S+)$/.exec(line)?.[1];
    return name !== undefined && !loose.has(name);
  });
  return [...lines, ...[...loose].map(([name, oid]) => `${oid} ${name}`), ""].join("\n");
}

async function readLoose(commonDir: string, directory: string, into: Map<string, string>): Promise<void> {
  const at = path.join(commonDir, directory);
  if ((await kindOf(at)) !== "directory") return;
  for (const entry of await readdir(at, { withFileTypes: true })) {
    const name = `${directory}/${entry.name}`;
    if (entry.isDirectory()) await readLoose(commonDir, name, into);
    if (!entry.isFile()) continue;
    const oid = (await readPlainFile(path.join(commonDir, name), REF))?.toString("utf8").trim() ?? "";
    if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(oid)) into.set(name, oid);
  }
}

/** As `objects/info/alternates` has paths that hold special characters. */
function quoted(file: string): string {
  return /["\\\n]/.test(file) ? `"${file.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"` : file;
}

function odd(directory: string, what: string): BangerError {
  return new BangerError("ERR_REPOSITORY_FORMAT", `${directory} ${what}`, {
    next: "clone it with git, and use the clone",
  });
}

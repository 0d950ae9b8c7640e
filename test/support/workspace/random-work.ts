import fc from "fast-check";

/**
 * Random repositories and random work in them, as POSIX-sh scripts, so that the same work can be done here and in a guest. Names and
 * contents are bytes: a character of a string is one (latin1).
 */
export interface RandomWork {
  /** Makes a repository with one commit in the current directory, and prints that commit. */
  readonly create: string;
  /** Changes it: commits, edits, renames, modes, links, removals. Steps that cannot be done are passed over. */
  readonly edit: string;
}

const NAMES = [
  "a",
  "a/b",
  "a/b/c",
  "dir/x",
  "dir/sub/y",
  "Dir/x",
  "sp ace",
  "sp ace/in it",
  'quo"te',
  "back\\slash",
  "new\nline",
  "tab\there",
  "-dash",
  ":(glob)*",
  "caf\u00c3\u00a9",
  "not-utf8-\u00ff\u00e9",
  "\u0001control",
  "ends with blank ",
  "keep.ignored",
  ".gitignore",
] as const;

const LINES = [
  "one",
  "two",
  "three",
  "",
  "  indented",
  "trailing ",
  "crlf\r",
  "diff --git a/a b/a",
  "--- a/a",
  "+++ b/a",
  "@@ -1,2 +1,2 @@",
  "GIT binary patch",
  "\\ No newline at end of file",
  "\u00ff\u00fe",
  "x".repeat(300),
] as const;

const content = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(fc.constantFrom(...LINES), { maxLength: 12 })
      .map((lines) => lines.map((line) => `${line}\n`).join("")),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.constantFrom(...LINES), { minLength: 1, maxLength: 5 })
      .map((lines) => lines.join("\n")),
  },
  {
    weight: 2,
    arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => `\0${Buffer.from(bytes).toString("latin1")}`),
  },
  { weight: 1, arbitrary: fc.constant("") },
);
const name = fc.constantFrom(...NAMES);
const target = fc.constantFrom(
  "a",
  "dir",
  "..",
  "nowhere",
  "/etc/hostname",
  "sp ace/in it",
  "not-utf8-\u00ff\u00e9",
);

const write = fc
  .record({ name, content, mode: fc.constantFrom("644", "755") })
  .map(
    (step) =>
      `${place(step.name)}; printf -- '${printf(step.content)}' > ${word(step.name)}; chmod ${step.mode} ${word(step.name)}`,
  );
const append = fc
  .record({ name, content })
  .map(
    (step) =>
      `[ -f ${word(step.name)} ] && [ ! -L ${word(step.name)} ] && printf -- '${printf(step.content)}' >> ${word(step.name)}`,
  );
const chmod = fc
  .record({ name, mode: fc.constantFrom("644", "755", "600") })
  .map(
    (step) =>
      `[ -f ${word(step.name)} ] && [ ! -L ${word(step.name)} ] && chmod ${step.mode} ${word(step.name)}`,
  );
const link = fc
  .record({ name, target })
  .map((step) => `${place(step.name)}; ln -s -- ${word(step.target)} ${word(step.name)}`);
const remove = name.map((path) => `rm -rf -- ${word(path)}`);
const rename = fc
  .record({ from: name, to: name })
  .map(
    ({ from, to }) =>
      `[ -e ${word(from)} ] && rm -rf -- ${word(to)} && [ -e ${word(from)} ] && { ${parents(to)}; mv -- ${word(from)} ${word(to)}; }`,
  );
const ignore = fc.constant("printf '*.ignored\\n' > .gitignore");
const git = fc.constantFrom(
  "git add -A && git commit -qm work --allow-empty",
  "git add -A && git commit -qm work --allow-empty",
  "git add -A",
  "git rm -qr --cached -- a",
  "git reset -q",
  "git stash -q",
  "git checkout -qb other && git commit -qm other --allow-empty",
  "git update-index --assume-unchanged -- a",
  "git add -AN",
);

const files = fc.array(
  fc.oneof({ weight: 5, arbitrary: write }, { weight: 1, arbitrary: link }, { weight: 1, arbitrary: ignore }),
  {
    minLength: 2,
    maxLength: 9,
  },
);
const edits = fc.array(fc.oneof(write, append, append, chmod, link, remove, rename, ignore, git), {
  minLength: 1,
  maxLength: 12,
});

export const randomWork: fc.Arbitrary<RandomWork> = fc.record({ files, edits }).map((work) => ({
  create: script([
    "git init -q . && git config user.name n && git config user.email e@x && git config commit.gpgSign false",
    ...work.files,
    "git add -Af && git commit -qm base --allow-empty",
    "git rev-parse HEAD",
  ]),
  edit: script(work.edits),
}));

function script(steps: readonly string[]): string {
  return steps.map((step) => `{ ${step}; } 2>/dev/null || :\n`).join("");
}

/** Makes room for a file: what stands in its way, or above it, goes. */
function place(path: string): string {
  return `${parents(path)}; rm -rf -- ${word(path)}`;
}

function parents(path: string): string {
  const parts = path.split("/").slice(0, -1);
  return parts
    .map((_, index) => word(parts.slice(0, index + 1).join("/")))
    .map(
      (parent) =>
        `{ [ -d ${parent} ] && [ ! -L ${parent} ]; } || { rm -f -- ${parent}; mkdir -- ${parent}; }`,
    )
    .concat(":")
    .join("; ");
}

function word(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** printf(1)'s format of these bytes. */
function printf(bytes: string): string {
  return [...bytes].map((byte) => (/[ -~]/.test(byte) && !/['\\%]/.test(byte) ? byte : octal(byte))).join("");
}

function octal(byte: string): string {
  return `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`;
}

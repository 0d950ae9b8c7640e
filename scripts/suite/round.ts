import path from "node:path";

/** One program of the suite. */
export interface Round {
  readonly name: string;
  readonly argv: readonly string[];
  /** Where vitest writes its report; a round without one is a single check. */
  readonly report?: string;
  /** Names of test files, or parts of them; all of the round's if there is none. */
  readonly files?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Why it cannot run on this host. */
  readonly skip?: string | undefined;
  /** Whether machines boot in it: what fails there gets a second attempt, and is named when it needed that. */
  readonly boots?: boolean;
  /** Whether it makes nothing in this host's kernel and nothing that others use, so that it may run at once with one that does. */
  readonly beside?: boolean;
  /** A round that has to be over, where it is run at all, and what tells this one that it was. */
  readonly after?: { readonly name: string; readonly env: Readonly<Record<string, string>> };
}

export interface Host {
  readonly top: string;
  readonly node: string;
  /** What puts root before a command: nothing, sudo, or null where there is no way. */
  readonly root: readonly string[] | null;
  /** Whether a program is on PATH. */
  has(program: string): boolean;
}

interface VitestOptions extends Pick<Round, "skip" | "files" | "boots" | "beside" | "env" | "after"> {
  /** The command that runs vitest. */
  readonly before?: readonly string[];
  readonly options?: readonly string[];
}

/** The file below build/test that has a round's report or output. */
export function fileOf(name: string, extension: string): string {
  return path.join("build/test", `${name.replaceAll(/\W+/g, "-")}.${extension}`);
}

/** A round of vitest: its projects, or of these the files that are named. */
export function vitest(
  host: Host,
  name: string,
  projects: readonly string[],
  { before = [], options = [], ...rest }: VitestOptions = {},
): Round {
  const report = fileOf(name, "json");
  const argv = [
    ...before,
    host.node,
    "node_modules/vitest/vitest.mjs",
    "run",
    ...projects.flatMap((project) => ["--project", project]),
    ...options,
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  ];
  return { name, argv, report, ...rest };
}

/** A network namespace of its own, so that no TAP, address or route of a test is the host's. */
export const NETNS = ["unshare", "-n", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];

/** Assembles what the sandboxes of end-to-end tests start from, which each runner would otherwise do itself. */
const BASE = "base image";
export const AFTER_BASE = { name: BASE, env: { BANGER_BASE_READY: "1" } };

export function baseImage(host: Host, before: readonly string[], skip: string | undefined): Round {
  const script = "import(process.argv[1]).then(({ setup }) => setup())";
  const module = path.join(host.top, "test/e2e/support/base.ts");
  return { name: BASE, argv: [...before, host.node, "-e", script, module], skip };
}

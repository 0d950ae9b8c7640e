import path from "node:path";
import { type ConfigData, parseConfig } from "./config-data.ts";
import type { Git } from "./git.ts";

/** Where the user's own git configuration is: trusted, unlike a repository's. */
export interface UserHome {
  readonly HOME: string;
  readonly XDG_CONFIG_HOME?: string | undefined;
}

/** The user's and the system's settings. They are taken as data too: only what says how files are read (line ends, ignored files). */
export async function userSettings(git: Git, home: UserHome, signal?: AbortSignal): Promise<ConfigData> {
  // A configuration that git cannot read, or none, is no reason to copy nothing.
  const { stdout } = await git.run(["config", "--list", "-z"], { home, signal, accept: [0, 1, 128] });
  return parseConfig(stdout);
}

/** The user's own list of ignored files. */
export function excludesFileOf(settings: ConfigData, { HOME, XDG_CONFIG_HOME }: UserHome): string {
  const given = settings.get("core.excludesfile");
  if (given === undefined) return path.join(XDG_CONFIG_HOME || path.join(HOME, ".config"), "git/ignore");
  return given.startsWith("~/") ? path.join(HOME, given.slice(2)) : given;
}

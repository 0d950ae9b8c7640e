import type { GitOptions } from "./git.ts";

/**
 * On every call. No configuration file is read at all (see `environmentFor`), and `Repository` gives git a directory without the
 * repository's own; this is the second wall, against what a later git may read elsewhere.
 */
export const SETTINGS: Readonly<Record<string, string>> = {
  "core.fsmonitor": "false",
  "core.hooksPath": "/dev/null",
  "core.sshCommand": "false",
  "core.attributesFile": "/dev/null",
  "core.editor": "false",
  "core.pager": "cat",
  "core.untrackedCache": "false",
  "core.quotePath": "false",
  "credential.helper": "",
  "protocol.allow": "never",
  "protocol.file.allow": "always",
  "fetch.recurseSubmodules": "false",
  "submodule.recurse": "false",
  "gc.auto": "0",
  "maintenance.auto": "false",
  "advice.detachedHead": "false",
};

/** Nothing of ours that git would read: `GIT_*`, HOME and the system's configuration are not there. */
export function environmentFor(
  ours: Readonly<Record<string, string | undefined>>,
  { gitDir, workTree, indexFile, objectDirectory, home }: GitOptions,
): NodeJS.ProcessEnv {
  const configuration = home ?? {
    HOME: "/nonexistent",
    XDG_CONFIG_HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  return {
    PATH: ours.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    ...(ours.TMPDIR === undefined ? {} : { TMPDIR: ours.TMPDIR }),
    ...configuration,
    LC_ALL: "C",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "false",
    GIT_EDITOR: "false",
    GIT_ALLOW_PROTOCOL: "file",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    ...(gitDir === undefined ? {} : { GIT_DIR: gitDir }),
    ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
    ...(objectDirectory === undefined ? {} : { GIT_OBJECT_DIRECTORY: objectDirectory }),
  };
}

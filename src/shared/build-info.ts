/** The one build tuple of CLI, daemon, addon and agent (DMN-3). */
export interface BuildInfo {
  readonly version: string;
  readonly commit: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** Put in its place by the bundler (esbuild's `define`); absent when the sources run as they are. */
declare const __BANGER_BUILD__: BuildInfo | undefined;

export const buildInfo: BuildInfo =
  typeof __BANGER_BUILD__ === "undefined"
    ? { version: "0.0.0-dev", commit: "sources", time: "1970-01-01T00:00:00Z" }
    : __BANGER_BUILD__;

/** `<version>+<commit>`: what client and daemon compare. */
export function buildTag(build: Pick<BuildInfo, "version" | "commit">): string {
  return `${build.version}+${build.commit}`;
}

import { type BuildInfo, buildTag } from "../shared/build-info.ts";

/** What `banger version` prints. Apart, since it is on the path that must start fast: it imports nothing else. */
export function versionText(build: BuildInfo, json: boolean): string {
  return json ? `${JSON.stringify(build)}\n` : `banger ${buildTag(build)} (${build.time})\n`;
}

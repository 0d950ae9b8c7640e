import { writeSync } from "node:fs";
import { versionText } from "../cli/build-line.ts";
import { buildInfo } from "../shared/build-info.ts";

const STDOUT = 1;
const given = process.argv.slice(2);
const args = given.length === 1 && given[0] === "--version" ? ["version"] : given;

/**
 * `banger version` must cost little over `node -e 0`: nothing else is evaluated for it, and not even a stream is made (a pipe's would
 * load half of Node's network code). What cannot be written this way goes the long way.
 */
function printedVersion(): boolean {
  if (args[0] !== "version" || args.length > 2 || (args.length === 2 && args[1] !== "--json")) return false;
  try {
    writeSync(STDOUT, versionText(buildInfo, args.length === 2));
    return true;
  } catch {
    return false;
  }
}

if (!printedVersion()) void import("../cli/process.ts").then(({ runProcess }) => runProcess(args));

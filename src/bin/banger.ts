import { versionText } from "../cli/build-line.ts";
import { buildInfo } from "../shared/build-info.ts";

// `banger version` must cost little over `node -e 0`: nothing else is evaluated for it.
const args = process.argv.slice(2);
const plainVersion =
  args[0] === "version" && (args.length === 1 || (args.length === 2 && args[1] === "--json"));

if (plainVersion) process.stdout.write(versionText(buildInfo, args.length === 2));
else void import("../cli/process.ts").then(({ runProcess }) => runProcess(args));

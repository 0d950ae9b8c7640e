import { buildInfo } from "../../shared/build-info.ts";
import { versionText } from "../build-line.ts";
import { type Command, JSON_OPTION, NO_POSITIONALS } from "../command.ts";
import { print } from "../output.ts";

export const version: Command = {
  path: "version",
  summary: "Show the build",
  description: ["Shows version, commit and time of this build; daemon, addon and agent carry the same."],
  options: [JSON_OPTION],
  positionals: NO_POSITIONALS,
  examples: [["banger version --json", "for programs"]],
  async run(context, args) {
    await print(context, versionText(buildInfo, args.flags.has("json")));
    return 0;
  },
};

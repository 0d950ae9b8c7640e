import { type Command, JSON_OPTION, NO_POSITIONALS } from "../../command.ts";
import { print, printJson } from "../../output.ts";
import { imageTable } from "../../render/image.ts";

export const imageList: Command = {
  path: "image list",
  summary: "List images",
  description: [
    "Shows the images that are here; with --available also those of the catalog that can be pulled.",
  ],
  options: [
    { name: "available", kind: "flag", describe: "also what the catalog has" },
    { name: "quiet", short: "q", kind: "flag", describe: "names only" },
    JSON_OPTION,
  ],
  positionals: NO_POSITIONALS,
  examples: [["banger image list --available", ""]],
  async run(context, { flags }) {
    const params = flags.has("available") ? { available: true } : {};
    const { images } = await context.withDaemon((client) => client.call("image.list", params));
    if (flags.has("json")) await printJson(context, images);
    else if (flags.has("quiet")) await print(context, images.map(({ name }) => `${name}\n`).join(""));
    else await print(context, imageTable(images, context.now(), context.style.stdout));
    return 0;
  },
};

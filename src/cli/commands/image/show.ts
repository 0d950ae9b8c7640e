import { type Command, JSON_OPTION } from "../../command.ts";
import { print, printJson } from "../../output.ts";
import { imageDetails } from "../../render/image.ts";

export const imageShow: Command = {
  path: "image show",
  summary: "Show all about one image",
  description: ["Shows what the image is and, where it is here, its manifest."],
  options: [JSON_OPTION],
  positionals: { usage: "<image>", min: 1, max: 1, completes: "image", what: "an image" },
  examples: [["banger image show debian-bookworm --json", "for programs"]],
  async run(context, { flags, positionals }) {
    const params = { name: positionals[0] as string };
    const image = await context.withDaemon((client) => client.call("image.show", params));
    if (flags.has("json")) await printJson(context, image);
    else await print(context, imageDetails(image, context.now(), context.style.stdout));
    return 0;
  },
};

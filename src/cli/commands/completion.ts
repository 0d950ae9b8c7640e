import type { Command } from "../command.ts";
import { completionScript, SHELLS } from "../completion/scripts.ts";
import { print } from "../output.ts";
import { usageError } from "../usage-error.ts";

export const completion: Command = {
  path: "completion",
  summary: "Print a completion script for bash, zsh or fish",
  description: [
    "Completes commands, options, and the names of VMs, images and kernels while the daemon runs.",
  ],
  options: [],
  positionals: { usage: "bash|zsh|fish", min: 1, max: 1, completes: SHELLS, what: "a shell" },
  examples: [
    ["source <(banger completion bash)", "in ~/.bashrc"],
    ["source <(banger completion zsh)", "in ~/.zshrc, after compinit"],
    ["banger completion fish | source", "in ~/.config/fish/config.fish"],
  ],
  async run(context, { positionals }) {
    const shell = SHELLS.find((each) => each === positionals[0]);
    if (shell === undefined) {
      throw usageError(`there is no completion for "${positionals[0]}"`, "name one of bash, zsh, fish");
    }
    await print(context, completionScript(shell));
    return 0;
  },
};

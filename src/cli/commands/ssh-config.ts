import { mkdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { bangerDirs } from "../../config/paths.ts";
import type { Command } from "../command.ts";
import { NO_POSITIONALS } from "../command.ts";
import type { CliContext } from "../context.ts";
import { print, say } from "../output.ts";
import { hostBlock } from "../ssh/host-block.ts";
import { UserSshConfig } from "../ssh/user-config.ts";
import { readWhole, replaceWhole } from "../ssh/whole-file.ts";
import { usageError } from "../usage-error.ts";

export const sshConfig: Command = {
  path: "ssh-config",
  summary: "Let ssh, scp, sftp, rsync and git reach VMs by <name>.vm",
  description: [
    "Prints the lines for ssh's configuration. With --install they go to a file of banger's own, and ~/.ssh/config gets one marked block that includes it, at its top; nothing else in your home directory is changed, and --uninstall takes the block out again.",
    "ssh then connects through the daemon and the guest's agent: it needs no name service, no address and no network in the guest, only a VM that runs and has an sshd. The host keys are those that banger gave its VMs; others are refused.",
  ],
  options: [
    { name: "install", kind: "flag", describe: "put the Include into ~/.ssh/config" },
    { name: "uninstall", kind: "flag", describe: "take it out again" },
  ],
  positionals: NO_POSITIONALS,
  examples: [
    ["banger ssh-config --install", "then: ssh web.vm, scp file web.vm:, git push web.vm:repo"],
    ["banger ssh-config > vms.conf && ssh -F vms.conf web.vm", "without any change in your home"],
  ],
  async run(context, { flags }) {
    if (flags.has("install") && flags.has("uninstall")) {
      throw usageError("--install and --uninstall are opposites", "write one of them");
    }
    const ownFile = path.join(dirsOf(context).ssh, "config");
    const home = context.env.HOME || os.homedir();
    if (flags.has("uninstall")) return uninstall(context, new UserSshConfig(home), ownFile);
    const block = await blockOf(context);
    if (!flags.has("install")) {
      await print(context, block);
      return 0;
    }
    return install(context, { user: new UserSshConfig(home), home, ownFile, block });
  },
};

function dirsOf({ env }: CliContext) {
  return bangerDirs({ env, home: os.homedir(), uid: process.getuid?.() ?? 0 });
}

async function blockOf(context: CliContext): Promise<string> {
  const files = await context.withDaemon((client) => client.call("ssh.files", {}));
  // Absolute, both: ssh may be started with another PATH, and by other programs than a shell.
  const program = [process.execPath, path.resolve(process.argv[1] ?? "")];
  return hostBlock({ ...files, program, env: context.env });
}

async function install(
  context: CliContext,
  { user, home, ownFile, block }: { user: UserSshConfig; home: string; ownFile: string; block: string },
): Promise<number> {
  await mkdir(path.dirname(ownFile), { recursive: true, mode: 0o700 });
  const before = await readWhole(ownFile);
  if (before?.text !== Buffer.from(block).toString("latin1")) {
    await replaceWhole(ownFile, Buffer.from(block).toString("latin1"), null);
  }
  const changed = await user.install(ownFile);
  say(context, changed ? `${user.file} includes ${ownFile} now` : `${user.file} is as it should be`);
  say(context, "`ssh <name>.vm` reaches a VM that runs; `banger ssh-config --uninstall` takes it out again");
  const passwdHome = os.userInfo().homedir;
  if (path.resolve(home) !== path.resolve(passwdHome)) {
    say(
      context,
      `ssh itself reads ${passwdHome}/.ssh/config, whatever HOME is: \`ssh -F ${user.file}\` reads this one`,
    );
  }
  return 0;
}

async function uninstall(context: CliContext, user: UserSshConfig, ownFile: string): Promise<number> {
  const changed = await user.uninstall();
  await rm(ownFile, { force: true });
  say(
    context,
    changed ? `${user.file} is as it was without banger` : `${user.file} has nothing of banger in it`,
  );
  return 0;
}

import path from "node:path";
import { CLI, Sandbox } from "../../e2e/support/sandbox.ts";

/** A VM that runs, and the two ways into it: the agent by the CLI, and ssh by the network, each from the sandbox's network namespace. */
export interface ExecVm {
  readonly sandbox: Sandbox;
  /** What `nsenter` runs: `banger vm exec <vm> -- command`. */
  exec(...command: string[]): string[];
  /** The same by OpenSSH's client, with the settings that `vm ssh` gives it and no start of banger before it. */
  ssh(options: readonly string[], command: string): string[];
}

export async function withExecVm<T>(body: (vm: ExecVm) => Promise<T>): Promise<T> {
  const sandbox = await Sandbox.open();
  try {
    await sandbox.ok("vm", "create", "--name", "bench", "--memory", "768M");
    await sandbox.ok("vm", "exec", "bench", "--wait", "system", "--", "true");
    const { address } = await sandbox.json<{ address: string }>("vm", "show", "bench");
    // Until it has gone through once, sshd's first start is a part of what is measured.
    await sandbox.ok("vm", "ssh", "bench", "--", "true");
    const enter = `--net=/run/netns/${sandbox.netns}`;
    const keys = path.join(sandbox.state, "ssh");
    const settings = {
      IdentitiesOnly: "yes",
      StrictHostKeyChecking: "yes",
      UserKnownHostsFile: path.join(keys, "known_hosts"),
      GlobalKnownHostsFile: "none",
      HostKeyAlias: "bench.vm",
      CheckHostIP: "no",
    };
    const fixed = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    return await body({
      sandbox,
      exec: (...command) => [enter, CLI, "vm", "exec", "bench", "--", ...command],
      ssh: (options, command) => [
        ...[enter, "ssh", "-F", "none", "-i", path.join(keys, "id_ed25519"), ...fixed, ...options],
        ...[`root@${address}`, command],
      ],
    });
  } finally {
    await sandbox.run(["vm", "rm", "--force", "bench"]);
    await sandbox.close();
  }
}

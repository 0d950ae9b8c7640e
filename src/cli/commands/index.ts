import type { Command } from "../command.ts";

export interface CommandEntry {
  /** Words after `banger`; further ones are aliases. */
  readonly paths: readonly string[];
  /** For other programs, not for a person: neither listed nor completed. */
  readonly hidden?: true;
  /** Loaded only when the command is used or described: starting costs by what is evaluated. */
  load(): Promise<Command>;
}

/** Every command, in the order that help shows. */
export const COMMANDS: readonly CommandEntry[] = [
  { paths: ["vm run"], load: async () => (await import("./vm/run.ts")).vmRun },
  { paths: ["vm create"], load: async () => (await import("./vm/create.ts")).vmCreate },
  { paths: ["vm start"], load: async () => (await import("./vm/start.ts")).vmStart },
  { paths: ["vm stop"], load: async () => (await import("./vm/stop.ts")).vmStop },
  { paths: ["vm restart"], load: async () => (await import("./vm/restart.ts")).vmRestart },
  { paths: ["vm kill"], load: async () => (await import("./vm/kill.ts")).vmKill },
  { paths: ["vm delete", "vm rm"], load: async () => (await import("./vm/delete.ts")).vmDelete },
  { paths: ["vm set"], load: async () => (await import("./vm/set.ts")).vmSet },
  { paths: ["vm list", "vm ls", "vm ps", "ps"], load: async () => (await import("./vm/list.ts")).vmList },
  { paths: ["vm stats"], load: async () => (await import("./vm/stats.ts")).vmStats },
  { paths: ["vm ports"], load: async () => (await import("./vm/ports.ts")).vmPorts },
  { paths: ["vm health"], load: async () => (await import("./vm/health.ts")).vmHealth },
  { paths: ["vm show"], load: async () => (await import("./vm/show.ts")).vmShow },
  { paths: ["vm logs"], load: async () => (await import("./vm/logs.ts")).vmLogs },
  { paths: ["vm exec"], load: async () => (await import("./vm/exec.ts")).vmExec },
  { paths: ["vm cp"], load: async () => (await import("./vm/cp.ts")).vmCp },
  {
    paths: ["vm workspace export"],
    load: async () => (await import("./vm/workspace/export.ts")).vmWorkspaceExport,
  },
  {
    paths: ["vm workspace prepare"],
    load: async () => (await import("./vm/workspace/prepare.ts")).vmWorkspacePrepare,
  },
  { paths: ["vm shell"], load: async () => (await import("./vm/shell.ts")).vmShell },
  {
    paths: ["operation list", "operation ls"],
    load: async () => (await import("./operation/list.ts")).operationList,
  },
  { paths: ["operation watch"], load: async () => (await import("./operation/watch.ts")).operationWatch },
  { paths: ["operation cancel"], load: async () => (await import("./operation/cancel.ts")).operationCancel },
  { paths: ["vm ssh"], load: async () => (await import("./vm/ssh.ts")).vmSsh },
  { paths: ["ssh-config"], load: async () => (await import("./ssh-config.ts")).sshConfig },
  {
    paths: ["internal ssh-proxy"],
    hidden: true,
    load: async () => (await import("./internal/ssh-proxy.ts")).sshProxy,
  },
  { paths: ["image list", "image ls"], load: async () => (await import("./image/list.ts")).imageList },
  { paths: ["image show"], load: async () => (await import("./image/show.ts")).imageShow },
  { paths: ["image pull"], load: async () => (await import("./image/pull.ts")).imagePull },
  { paths: ["kernel list", "kernel ls"], load: async () => (await import("./kernel/list.ts")).kernelList },
  { paths: ["kernel show"], load: async () => (await import("./kernel/show.ts")).kernelShow },
  { paths: ["kernel pull"], load: async () => (await import("./kernel/pull.ts")).kernelPull },
  { paths: ["daemon start"], load: async () => (await import("./daemon/start.ts")).daemonStart },
  { paths: ["daemon stop"], load: async () => (await import("./daemon/stop.ts")).daemonStop },
  { paths: ["daemon status"], load: async () => (await import("./daemon/status.ts")).daemonStatus },
  { paths: ["daemon logs"], load: async () => (await import("./daemon/logs.ts")).daemonLogs },
  { paths: ["doctor"], load: async () => (await import("./doctor.ts")).doctor },
  { paths: ["version"], load: async () => (await import("./version.ts")).version },
  { paths: ["completion"], load: async () => (await import("./completion.ts")).completion },
];

/** Those that a person may want. */
export function shownCommands(): readonly CommandEntry[] {
  return COMMANDS.filter(({ hidden }) => hidden !== true);
}

export interface Found {
  readonly entry: CommandEntry;
  /** How many words named it. */
  readonly words: number;
}

/** The command that the first words name, or null. */
export function findCommand(args: readonly string[]): Found | null {
  for (const words of [3, 2, 1]) {
    const path = args.slice(0, words).join(" ");
    const entry = COMMANDS.find(({ paths }) => paths.includes(path));
    if (entry !== undefined && args.length >= words) return { entry, words };
  }
  return null;
}

/** `vm`, `operation`, `image`, `kernel`, `daemon`. */
export function groups(): string[] {
  const firsts = shownCommands().flatMap(({ paths }) => paths.filter((path) => path.includes(" ")));
  return [...new Set(firsts.map((path) => path.split(" ")[0] as string))];
}

import type { SshTarget } from "../../domain/ssh.ts";
import { escaped, quoted } from "./quoting.ts";

/** Options of ssh(1) that take a value, as OpenSSH 10 has them. */
const WITH_VALUE = new Set("BbcDEeFIiJLlmOoPpQRSWw");

export interface SshWords {
  /** ssh's own options. */
  readonly options: readonly string[];
  /** The command for the guest; empty: a login shell. */
  readonly command: readonly string[];
}

/** Splits what the user wrote for ssh: its options first, from the first other word on the command, as ssh does. */
export function splitSshWords(words: readonly string[]): SshWords {
  let at = 0;
  while (at < words.length) {
    const word = words[at] as string;
    if (word === "--") return { options: words.slice(0, at), command: words.slice(at + 1) };
    if (!word.startsWith("-") || word === "-") break;
    at += valueIsNext(word) ? 2 : 1;
  }
  return { options: words.slice(0, at), command: words.slice(at) };
}

/** In a group such as `-NL` the first letter that takes a value ends it; its value is the rest, or the next word. */
function valueIsNext(group: string): boolean {
  const letters = [...group.slice(1)];
  const first = letters.findIndex((letter) => WITH_VALUE.has(letter));
  return first !== -1 && first === letters.length - 1;
}

/**
 * ssh's command line. Ours come first, since ssh takes the first value that it gets for a setting: what is checked, and against which keys,
 * is not the user's to loosen by mistake. `-F none`: the user's and the system's configuration could add keys, proxies and commands; a
 * `-F` of the user's own comes later and is read.
 */
export function opensshArguments(target: SshTarget, { options, command }: SshWords): string[] {
  const settings = {
    IdentitiesOnly: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: quoted(target.knownHostsFile),
    GlobalKnownHostsFile: "none",
    VerifyHostKeyDNS: "no",
    UpdateHostKeys: "no",
    HostKeyAlias: target.hostKeyAlias,
    HostKeyAlgorithms: "ssh-ed25519",
    CheckHostIP: "no",
    NoHostAuthenticationForLocalhost: "no",
    Port: String(target.port),
  };
  return [
    ...["-F", "none", "-i", escaped(target.identityFile)],
    ...Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]),
    ...options,
    `root@${target.address}`,
    ...(command.length === 0 ? [] : ["--", ...command]),
  ];
}

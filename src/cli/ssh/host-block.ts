import { checkWritable, quoted, shellWord } from "./quoting.ts";

/** What decides which banger a command talks to; where one of these is set, ssh has to hand it on. */
const OWN_VARIABLES = ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "BANGER_RUNTIME_DIR"] as const;

export interface HostBlockInput {
  readonly identityFile: string;
  readonly knownHostsFile: string;
  /** The words that start this banger: Node and the bundle. */
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * ssh_config(5) for `<name>.vm` (SSH-2). ssh takes the first value that it gets for a setting, so what is set here is not changed by what
 * follows in the user's own file; what is not set here is the user's to choose. Nothing needs DNS or an address.
 */
export function hostBlock(input: HostBlockInput): string {
  const settings = {
    User: "root",
    Port: "22",
    IdentityFile: quoted(checkWritable(input.identityFile)),
    IdentitiesOnly: "yes",
    AddKeysToAgent: "no",
    UserKnownHostsFile: quoted(checkWritable(input.knownHostsFile)),
    GlobalKnownHostsFile: "none",
    StrictHostKeyChecking: "yes",
    HostKeyAlgorithms: "ssh-ed25519",
    VerifyHostKeyDNS: "no",
    UpdateHostKeys: "no",
    CheckHostIP: "no",
    CanonicalizeHostname: "no",
    ProxyCommand: proxyCommand(input),
  };
  return [
    "# Written by banger, which writes it anew: `banger ssh-config --install`.",
    "Host *.vm *.VM",
    ...Object.entries(settings).map(([key, value]) => `  ${key} ${value}`),
    "",
  ].join("\n");
}

/** ssh has the user's shell `exec` it. Newer clients refuse host names with characters of the shell; the quotes are for older ones. */
function proxyCommand({ program, env }: HostBlockInput): string {
  const variables = OWN_VARIABLES.flatMap((name) => {
    const value = env[name] ?? "";
    return value === "" ? [] : [`${name}=${value}`];
  });
  const words = [...(variables.length === 0 ? [] : ["env", ...variables]), ...program];
  const command = words.map((word) => shellWord(checkWritable(word)).replaceAll("%", "%%"));
  return [...command, "internal", "ssh-proxy", "--", "'%h'"].join(" ");
}

/** `web` for `web.vm`, `WEB.VM` and `web.vm.`. */
export function vmNameOf(host: string): string {
  return host.toLowerCase().replace(/\.?$/, "").replace(/\.vm$/, "");
}

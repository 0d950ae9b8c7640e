import { readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";

/** Who resolves names for the programs of this host, as far as it can be told to ask somebody else for some names. */
export type HostResolver =
  | "systemd-resolved"
  | "NetworkManager's dnsmasq"
  | "dnsmasq"
  | "NetworkManager"
  | "other";

/** By the addresses of resolv.conf and the command lines of what runs. */
export function hostResolver(
  nameServers: readonly string[],
  commands: readonly (readonly string[])[],
): HostResolver {
  const running = (program: string) =>
    commands.filter(([first = ""]) => path.basename(first) === program).map((each) => each.join(" "));
  if (running("systemd-resolved").length > 0) return "systemd-resolved";
  const dnsmasqs = running("dnsmasq");
  const isLocal = nameServers.some((address) => address.startsWith("127.") || address === "::1");
  // Others run it too, for networks of their own: libvirt, containers.
  if (isLocal && dnsmasqs.some((each) => each.includes("NetworkManager"))) return "NetworkManager's dnsmasq";
  if (isLocal && dnsmasqs.length > 0) return "dnsmasq";
  return running("NetworkManager").length > 0 ? "NetworkManager" : "other";
}

/** The command lines of the processes in our network namespace; those of containers are none of this host's. */
export async function hostCommands(proc = "/proc"): Promise<string[][]> {
  const network = (pid: string) => readlink(path.join(proc, pid, "ns/net")).catch(() => null);
  const ours = await network("self");
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(path.join(proc, pid, "cmdline"), "utf8").catch(() => "");
      return text !== "" && (await network(pid)) === ours ? text.split("\0") : null;
    }),
  );
  return found.filter((each) => each !== null);
}

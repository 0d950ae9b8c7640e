import { Resolver } from "node:dns/promises";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { DnsListener } from "../../dns/listener.ts";
import { parseResolvConf } from "../../dns/resolv-conf.ts";
import { describeListenError } from "../../dns/steady-listener.ts";
import { PROBE_NAME } from "../../dns/zone.ts";
import { guarded } from "../../doctor/check.ts";
import { checkDns, checkNames } from "../../doctor/checks/dns.ts";
import { hostCommands, hostResolver } from "../../doctor/probes/resolver.ts";
import type { DnsState } from "../../domain/dns.ts";
import type { DoctorCheck } from "../../domain/doctor.ts";
import { silentLogger } from "../../shared/logger.ts";
import type { DoctorScope } from "./run.ts";

/** Milliseconds for the host's resolver to answer about a name of ours. */
const ASK_MS = 2_000;
const DNSMASQ_DIRECTORIES = ["/etc/dnsmasq.d", "/etc/NetworkManager/dnsmasq.d"];

/** The server of VMs' names, and whether the host's programs get to it. */
export async function dnsChecks(
  { config }: DoctorScope,
  daemon: Promise<DnsState | null>,
): Promise<DoctorCheck[]> {
  const { address, port } = config.dnsListen;
  const listen = `${address}:${port}`;
  return Promise.all([
    guarded("dns", async () => {
      const state = await daemon;
      return checkDns({
        listen,
        daemon: state,
        problem: state === null ? await tryListen(address, port) : null,
      });
    }),
    guarded("names", async () => {
      const [state, nameServers] = await Promise.all([daemon, hostNameServers()]);
      const isServed = state !== null && state.host.problem === null;
      return checkNames({
        nameServers,
        resolver: hostResolver(nameServers, await hostCommands()),
        answered: isServed ? await isAnswered(nameServers) : null,
        configured: await isConfigured(),
        daemon: state,
        listen: state?.host.at ?? listen,
      });
    }),
  ]);
}

async function hostNameServers(): Promise<string[]> {
  return parseResolvConf(await readFile("/etc/resolv.conf", "utf8").catch(() => ""));
}

/** Why nothing could listen there; null: it could. Nobody asks in that moment. */
async function tryListen(address: string, port: number): Promise<string | null> {
  try {
    const respond = async () => null;
    await (await DnsListener.open({ address, port, respond, logger: silentLogger })).close();
    return null;
  } catch (error) {
    return describeListenError(error);
  }
}

async function isAnswered(nameServers: readonly string[]): Promise<boolean> {
  const resolver = new Resolver({ timeout: ASK_MS, tries: 1 });
  resolver.setServers(nameServers);
  return resolver.resolveTxt(PROBE_NAME).then(
    () => true,
    () => false,
  );
}

async function isConfigured(): Promise<boolean> {
  const texts = await Promise.all(
    DNSMASQ_DIRECTORIES.map(async (directory) => {
      const names = await readdir(directory).catch(() => []);
      return Promise.all(names.map((name) => readFile(path.join(directory, name), "utf8").catch(() => "")));
    }),
  );
  return texts.flat().some((text) => /^\s*server=\/vm\//m.test(text));
}

import type { DnsState } from "../../domain/dns.ts";
import type { DoctorCheck } from "../../domain/doctor.ts";
import { pass, warn } from "../check.ts";
import type { HostResolver } from "../probes/resolver.ts";

export interface DnsFacts {
  /** `127.0.0.1:42069`, by the configuration. */
  readonly listen: string;
  /** What a daemon that runs says; null where none runs. */
  readonly daemon: DnsState | null;
  /** Where none runs: why the address could not be served; null: it could. */
  readonly problem: string | null;
}

/** DMN-1, NET-4: the server of VMs' names. VMs run without it. */
export function checkDns({ listen, daemon, problem }: DnsFacts): DoctorCheck {
  const at = daemon?.host.at ?? listen;
  const trouble = daemon === null ? problem : daemon.host.problem;
  if (trouble !== null) {
    const port = at.split(":").at(-1);
    return warn("dns", `names of VMs cannot be answered on ${at}: ${trouble}`, {
      next: `end that program (\`ss -lnptu 'sport = :${port}'\` shows it), or set another \`dns_listen\` in config.toml, such as "127.0.0.1:${Number(port) + 1}", and restart the daemon: \`banger daemon stop\``,
    });
  }
  const guests = daemon?.guests ?? null;
  if (guests !== null && guests.problem !== null) {
    return warn("dns", `guests have no resolver: ${guests.at} cannot be served: ${guests.problem}`, {
      next: "a server that takes every address of this host must leave banger0 out; dnsmasq does with `bind-dynamic` and `except-interface=banger0`",
    });
  }
  if (daemon === null) return pass("dns", `${listen} is free for the names of VMs`);
  return pass(
    "dns",
    `names of VMs are answered on ${at}${guests === null ? "" : `, for guests on ${guests.at}`}`,
  );
}

/** Where systemd-resolved answers. */
const STUBS = ["127.0.0.53", "127.0.0.54"];

export interface NamesFacts {
  readonly resolver: HostResolver;
  /** Of /etc/resolv.conf. */
  readonly nameServers: readonly string[];
  /** Whether a program of this host that asks for a name in `.vm` gets it from banger; null: nobody was there to answer. */
  readonly answered: boolean | null;
  /** Whether a file of dnsmasq's sends `.vm` on already. */
  readonly configured: boolean;
  readonly daemon: DnsState | null;
  /** `127.0.0.1:42069` */
  readonly listen: string;
}

/** NET-4: whether `<name>.vm` means anything to the host's programs, and what would make it. */
export function checkNames(facts: NamesFacts): DoctorCheck {
  const { resolver, answered, configured } = facts;
  if (answered === true)
    return pass("names", `programs of this host find VMs by name, by ${nameOf(resolver)}`);
  if (resolver === "systemd-resolved") return checkResolved(facts);
  if (configured && answered === null) {
    return pass("names", `${nameOf(resolver)} is set to ask banger for names in .vm`);
  }
  return warn(
    "names",
    `programs of this host do not find VMs by name (demo.vm): ${nameOf(resolver)} does not ask banger`,
    {
      details: ["`ssh demo.vm` needs no name in DNS after `banger ssh-config --install`"],
      ...remedy(facts),
    },
  );
}

function checkResolved({ answered, daemon, nameServers }: NamesFacts): DoctorCheck {
  const routing = daemon?.resolved ?? null;
  if (routing?.state === "failed") {
    return warn("names", `systemd-resolved does not ask banger for names in .vm: ${routing.problem}`, {
      next: "see `banger daemon logs`; restarting the daemon tries it again: `banger daemon stop`",
    });
  }
  if (routing?.state === "routed" && answered === false && nameServers.some((each) => STUBS.includes(each))) {
    return warn(
      "names",
      "systemd-resolved is set to ask banger for names in .vm, and does not: it takes banger0 for a link that is down",
      {
        next: "where the kernel has dummy links banger0 is one, which resolved uses: with no VM running, `banger daemon stop`, and",
        command: "modprobe dummy",
      },
    );
  }
  if (routing?.state === "routed" && answered === false) {
    return warn(
      "names",
      "systemd-resolved asks banger for names in .vm, and /etc/resolv.conf does not lead there",
      {
        command: "ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf",
      },
    );
  }
  return pass("names", "systemd-resolved runs: from the first VM on it asks banger for names in .vm");
}

function nameOf(resolver: HostResolver): string {
  return resolver === "other" ? "what /etc/resolv.conf names" : resolver;
}

/** dnsmasq's own line is the same wherever it is put. */
function remedy({ resolver, configured, listen }: NamesFacts): { next?: string; command?: string } {
  const line = (directory: string) =>
    `printf 'server=/vm/${listen.replace(":", "#")}\\n' > ${directory}/banger.conf`;
  const restart = { dnsmasq: "systemctl restart dnsmasq", NetworkManager: "systemctl reload NetworkManager" };
  switch (resolver) {
    case "dnsmasq":
      return { command: configured ? restart.dnsmasq : `${line("/etc/dnsmasq.d")} && ${restart.dnsmasq}` };
    case "NetworkManager's dnsmasq":
      return {
        command: configured
          ? restart.NetworkManager
          : `${line("/etc/NetworkManager/dnsmasq.d")} && ${restart.NetworkManager}`,
      };
    case "NetworkManager":
      return {
        next: "install dnsmasq-base, and let NetworkManager use it:",
        command: `printf '[main]\\ndns=dnsmasq\\n' > /etc/NetworkManager/conf.d/banger.conf && ${line("/etc/NetworkManager/dnsmasq.d")} && ${restart.NetworkManager}`,
      };
    default:
      return {
        next: "install systemd-resolved, which the daemon sets up by itself, or dnsmasq; resolv.conf alone cannot ask one server for some names",
      };
  }
}

import { ZONE } from "../domain/dns.ts";
import { type Ipv4Network, ipv4ToNumber, numberToIpv4, parseNetwork } from "../shared/ipv4.ts";
import { CLASS, type Query, RCODE, TYPE } from "./query.ts";
import type { Records } from "./records.ts";
import type { Answer, Resource } from "./reply.ts";

/** Seconds: a name is another VM's soon after it was deleted and made anew. */
const TTL = 5;
/** Seconds that "there is none" is kept: who asks too early, asks again. */
const NEGATIVE_TTL = 1;
/** No VM is called so. Who asks his own resolver for it learns whether that one asks us (DOC-1). */
const PROBE = "_banger";
/** Its TXT record is there as long as the server is. */
export const PROBE_NAME = `${PROBE}.${ZONE}`;
const OCTET = /^(?:0|[1-9]\d{0,2})$/;

/** The answers of the zones that are ours: `vm`, and the reverse of `network_cidr`. */
export class Zone {
  readonly #records: Pick<Records, "addressOf" | "nameOf">;
  readonly #network: Ipv4Network;

  constructor(records: Pick<Records, "addressOf" | "nameOf">, networkCidr: string) {
    this.#records = records;
    this.#network = parseNetwork(networkCidr);
  }

  /** Null: the name is in neither zone. */
  answer(query: Query): Answer | null {
    const { labels } = query;
    if (labels.at(-1) === ZONE) return this.#forward(query);
    if (labels.at(-1) === "arpa" && labels.at(-2) === "in-addr") return this.#reverse(query);
    return null;
  }

  #forward({ labels, type }: Query): Answer {
    const apex = soa(ZONE);
    const [name = "", ...rest] = labels;
    if (rest.length === 0) return found(apex, type === TYPE.SOA || type === TYPE.ANY ? [apex] : []);
    if (rest.length > 1) return unknown(apex);
    if (name === PROBE) return found(apex, type === TYPE.TXT ? [text(PROBE_NAME, "banger")] : []);
    const address = this.#records.addressOf(name);
    if (address === null) return unknown(apex);
    return found(apex, type === TYPE.A || type === TYPE.ANY ? [hostAddress(`${name}.${ZONE}`, address)] : []);
  }

  #reverse({ labels, type }: Query): Answer | null {
    const digits = labels.slice(0, -2).toReversed();
    const valid = digits.findIndex((each) => !OCTET.test(each) || Number(each) > 255);
    const octets = (valid === -1 ? digits : digits.slice(0, valid)).slice(0, 4);
    const apexLength = Math.ceil(this.#network.prefix / 8);
    if (octets.length < apexLength || !this.#contains(octets)) return null;
    const apexName = reverseName(digits.slice(0, apexLength));
    const apex = soa(apexName);
    if (digits.length > octets.length) return unknown(apex);
    if (octets.length < 4) {
      const asksApex = octets.length === apexLength && (type === TYPE.SOA || type === TYPE.ANY);
      return found(apex, asksApex ? [apex] : []);
    }
    const name = this.#records.nameOf(octets.join("."));
    if (name === null) return unknown(apex);
    return found(apex, type === TYPE.PTR || type === TYPE.ANY ? [pointer(reverseName(octets), name)] : []);
  }

  /** Whether all addresses that begin so are in the network. */
  #contains(octets: readonly string[]): boolean {
    const { base, prefix } = this.#network;
    const first = ipv4ToNumber([...octets, "0", "0", "0", "0"].slice(0, 4).join("."));
    return first >= base && first < base + 2 ** (32 - prefix);
  }
}

/** The names of all zones of ours, for who sends questions here. A network that does not end at a dot has several. */
export function zoneNames(networkCidr: string): string[] {
  const { base, prefix } = parseNetwork(networkCidr);
  const length = Math.ceil(prefix / 8);
  const size = 2 ** (32 - 8 * length);
  const reverse = Array.from({ length: 2 ** (8 * length - prefix) }, (_, index) =>
    reverseName(
      numberToIpv4(base + index * size)
        .split(".")
        .slice(0, length),
    ),
  );
  return [ZONE, ...reverse];
}

function found(apex: Resource, answers: readonly Resource[]): Answer {
  return { rcode: RCODE.NOERROR, answers, authorities: answers.length === 0 ? [apex] : [] };
}

function unknown(apex: Resource): Answer {
  return { rcode: RCODE.NXDOMAIN, authorities: [apex] };
}

function reverseName(octets: readonly string[]): string {
  return [...octets.toReversed(), "in-addr", "arpa"].join(".");
}

function hostAddress(name: string, address: string): Resource {
  return { name, type: TYPE.A, class: CLASS.IN, ttl: TTL, address };
}

function pointer(name: string, target: string): Resource {
  return { name, type: TYPE.PTR, class: CLASS.IN, ttl: TTL, domain: `${target}.${ZONE}` };
}

function text(name: string, data: string): Resource {
  return { name, type: TYPE.TXT, class: CLASS.IN, ttl: 0, data: [data] };
}

/** Tells a client for how long it may remember that there is nothing: RFC 2308. */
function soa(name: string): Resource {
  return {
    name,
    type: TYPE.SOA,
    class: CLASS.IN,
    ttl: NEGATIVE_TTL,
    primary: "localhost",
    admin: `nobody.${ZONE}`,
    serial: 1,
    refresh: 3600,
    retry: 600,
    expiration: 86_400,
    minimum: NEGATIVE_TTL,
  };
}

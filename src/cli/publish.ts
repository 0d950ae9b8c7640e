import net from "node:net";
import type { MethodParams, PublishRequest, UnpublishRequest } from "../rpc/contract.ts";
import type { OptionSpec, ParsedArgs } from "./command.ts";
import { usageError } from "./usage-error.ts";

export const PUBLISH_OPTION: OptionSpec = {
  name: "publish",
  short: "p",
  kind: "list",
  placeholder: "[[IP:]HOST:]GUEST[/udp]",
  describe:
    "lead a port of this host (127.0.0.1, and a free one, unless given) to the guest's, such as 8080:80",
  completes: "none",
};

export const UNPUBLISH_OPTION: OptionSpec = {
  name: "unpublish",
  kind: "list",
  placeholder: "[IP:]HOST[/udp]",
  describe: "take a published port of this host back",
  completes: "none",
};

const MOST_OF_A_RANGE = 1024;

/** Of `--publish`; undefined where it was not given. ERR_USAGE. */
export function publishOf(args: Pick<ParsedArgs, "lists">): PublishRequest[] | undefined {
  return args.lists.get("publish")?.flatMap(parsePublish);
}

/** Of `--publish` and `--unpublish`: what was given. ERR_USAGE. */
export function publishedOf(
  args: Pick<ParsedArgs, "lists">,
): Pick<MethodParams<"vm.set">, "publish" | "unpublish"> {
  const publish = publishOf(args);
  const unpublish = args.lists.get("unpublish")?.flatMap(parseUnpublish);
  return { ...(publish === undefined ? {} : { publish }), ...(unpublish === undefined ? {} : { unpublish }) };
}

/** `[[hostip:]hostport:]guestport[/tcp|/udp]`, as Docker has it; either port may be a range. */
export function parsePublish(text: string): PublishRequest[] {
  const advice = "write it like -p 8080:80, -p 0.0.0.0:8080:80, -p 53:53/udp or -p 8000-8010:8000-8010";
  const fail = (why: string) => usageError(`--publish "${text}": ${why}`, advice);
  const { address, ports, protocol } = split(text, fail);
  const [guestText = "", hostText = ""] = ports.toReversed();
  if (ports.length > 2) throw fail("there is a colon too many");
  if (address === null && ports.length === 2 && net.isIP(hostText) !== 0) {
    throw fail(`${hostText} stands where the host's port belongs`);
  }
  const guest = range(guestText, fail);
  const host = hostText === "" ? null : range(hostText, fail);
  if (guest[0] === 0) throw fail("0 is no port of a guest");
  const isAnyHost = host === null || (host[0] === 0 && host[1] === 0);
  if (!isAnyHost && host[0] === 0) throw fail("a range begins with port 1 at the least");
  if (!isAnyHost && host[1] - host[0] !== guest[1] - guest[0]) {
    throw fail("both ranges must have as many ports");
  }
  const count = guest[1] - guest[0] + 1;
  return Array.from({ length: count }, (_, index) => ({
    ...(address === null ? {} : { hostAddress: address }),
    ...(isAnyHost ? {} : { hostPort: host[0] + index }),
    guestPort: guest[0] + index,
    ...(protocol === null ? {} : { protocol }),
  }));
}

/** `[hostip:]hostport[/tcp|/udp]`, or a range of ports. */
export function parseUnpublish(text: string): UnpublishRequest[] {
  const advice =
    "write the host's side as `banger vm ports` shows it, such as --unpublish 8080 or --unpublish 53/udp";
  const fail = (why: string) => usageError(`--unpublish "${text}": ${why}`, advice);
  const { address, ports, protocol } = split(text, fail);
  const [portText = "", addressText] = ports.toReversed();
  if (ports.length > 2 || (address !== null && ports.length > 1)) throw fail("there is a colon too many");
  const hostAddress = address ?? addressText ?? null;
  if (hostAddress !== null && net.isIP(hostAddress) === 0) throw fail(`"${hostAddress}" is no IP address`);
  const [first, last] = range(portText, fail);
  if (first === 0) throw fail("0 is no port");
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    ...(hostAddress === null ? {} : { hostAddress }),
    hostPort: first + index,
    ...(protocol === null ? {} : { protocol }),
  }));
}

type Fail = (why: string) => Error;

/** The parts between colons, less an address in front: one in brackets, or the first of three parts. */
function split(
  text: string,
  fail: Fail,
): { address: string | null; ports: string[]; protocol: "tcp" | "udp" | null } {
  const [, before = "", suffix] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  const protocol = suffix?.toLowerCase() ?? null;
  if (protocol !== null && protocol !== "tcp" && protocol !== "udp") {
    throw fail(`"${suffix}" is neither tcp nor udp`);
  }
  const [, bracketed, rest] = /^\[([^\]]*)\]:(.*)$/s.exec(before) ?? [];
  if (bracketed !== undefined && rest !== undefined) {
    return { address: addressOf(bracketed, fail), ports: rest.split(":"), protocol };
  }
  const parts = before.split(":");
  if (parts.length !== 3) return { address: null, ports: parts, protocol };
  return { address: addressOf(parts[0] as string, fail), ports: parts.slice(1), protocol };
}

function addressOf(text: string, fail: Fail): string {
  if (net.isIP(text) === 0) throw fail(`"${text}" is no IP address`);
  return text;
}

/** `80` or `8000-8010`, both ends included. */
function range(text: string, fail: Fail): readonly [number, number] {
  const [, firstText, lastText] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (firstText === undefined) throw fail(text === "" ? "a port is missing" : `"${text}" is no port`);
  const first = Number(firstText);
  const last = lastText === undefined ? first : Number(lastText);
  const above = [first, last].find((each) => each > 65_535);
  if (above !== undefined) throw fail(`${above} is no port: the last one is 65535`);
  if (last < first) throw fail(`the range ${text} runs backwards`);
  if (last - first >= MOST_OF_A_RANGE) throw fail(`a range has at most ${MOST_OF_A_RANGE} ports`);
  return [first, last];
}

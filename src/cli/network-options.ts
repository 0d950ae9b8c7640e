import type { VmCreateParams, VmSetParams } from "../rpc/contract.ts";
import type { OptionSpec, ParsedArgs } from "./command.ts";
import { usageError } from "./usage-error.ts";

const ACCESS = ["none", "public", "full"] as const;
type Access = (typeof ACCESS)[number];

/** What a new VM may reach (NET-3). */
export const NETWORK_OPTIONS: readonly OptionSpec[] = [
  {
    name: "net",
    kind: "value",
    placeholder: "none|public|full",
    describe: "what it may reach: nothing, the internet, or all that this host reaches",
    default: "public",
    completes: ACCESS,
  },
  { name: "nat", kind: "flag", describe: "the same as --net full" },
  {
    name: "peer",
    kind: "list",
    placeholder: "VM",
    describe: "a VM that it and that one may talk to; may be given several times",
    completes: "vm",
  },
];

/** The same of one that is there: it holds at once, and what is not given stays. */
export const NETWORK_CHANGES: readonly OptionSpec[] = [
  ...NETWORK_OPTIONS.map(({ default: _, ...option }) => option),
  {
    name: "unpeer",
    kind: "list",
    placeholder: "VM",
    describe: "a VM that it may not talk to any more",
    completes: "vm",
  },
];

/** Only what was passed. ERR_USAGE. */
export function networkOf(args: ParsedArgs): Pick<VmCreateParams, "net" | "peers"> {
  const net = accessOf(args);
  const peers = vmsOf(args, "peer");
  return { ...(net === undefined ? {} : { net }), ...(peers.length === 0 ? {} : { peers: [...peers] }) };
}

/** Only what was passed. ERR_USAGE. */
export function networkChangesOf(args: ParsedArgs): Pick<VmSetParams, "net" | "addPeers" | "removePeers"> {
  const { net, peers } = networkOf(args);
  const unpeer = vmsOf(args, "unpeer");
  return {
    ...(net === undefined ? {} : { net }),
    ...(peers === undefined ? {} : { addPeers: peers }),
    ...(unpeer.length === 0 ? {} : { removePeers: [...unpeer] }),
  };
}

function vmsOf(args: ParsedArgs, option: "peer" | "unpeer"): readonly string[] {
  const vms = args.lists.get(option) ?? [];
  if (vms.includes(""))
    throw usageError(`--${option} takes a VM, and got nothing`, "`banger vm list` has names and ids");
  return vms;
}

function accessOf(args: ParsedArgs): Access | undefined {
  const given = args.values.get("net");
  const nat = args.flags.has("nat");
  if (given === undefined) return nat ? "full" : undefined;
  const access = ACCESS.find((each) => each === given);
  if (access === undefined)
    throw usageError(`--net "${given}" is neither none, public nor full`, "write it like --net public");
  if (nat && access !== "full")
    throw usageError(`--nat and --net ${access} contradict each other`, "give one");
  return access;
}

/**
 * Golden dumps of rtnetlink: what ip(8) and bridge(8) send, and what the kernel answers, as strace(1) sees it in a network namespace of
 * its own. Writes native/test/golden/rtnl.h. To make it anew: `sudo unshare -n node scripts/golden/rtnl.ts`
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

interface Case {
  readonly name: string;
  readonly command: string;
  /** Message type that is wanted: rtnetlink.h's RTM_*. */
  readonly type: number;
  /** Which of several such messages, the last unless given: ip(8) also asks for the link's name, and for its bridge. */
  readonly at?: number;
}

const PREPARE = [
  "ip link set lo up",
  "ip tuntap add bgr0 mode tap user 1234 group 99 vnet_hdr",
  "ip link set bgr0 address 02:00:00:00:00:01",
  "ip tuntap add bgr1 mode tap",
  "ip link set bgr1 address 02:00:00:00:00:02",
  "ip link add bgrb address 02:00:00:00:00:03 type bridge",
  "ip link set bgr0 up",
  "ip netns add bgr-golden",
];

const [NEWLINK, DELLINK, SETLINK] = [16, 17, 19];
const [NEWADDR, DELADDR, GETADDR] = [20, 21, 22];
const [NEWROUTE, DELROUTE, GETROUTE] = [24, 25, 26];
const [NEWNEIGH, DELNEIGH, GETNEIGH] = [28, 29, 30];

const SENT: readonly Case[] = [
  { name: "linkUp", command: "ip link set dev bgr0 up", type: NEWLINK },
  { name: "linkMacMtu", command: "ip link set dev bgr0 address 02:00:00:00:00:05 mtu 1400", type: NEWLINK },
  { name: "linkGroup", command: "ip link set dev bgr1 group 77", type: NEWLINK },
  { name: "linkMaster", command: "ip link set dev bgr0 master bgrb", type: NEWLINK },
  { name: "linkIsolated", command: "bridge link set dev bgr0 isolated on", type: SETLINK },
  { name: "linkAddressMode", command: "ip link set dev bgr1 addrgenmode none", type: NEWLINK },
  { name: "linkRename", command: "ip link set dev bgr1 name bgr9", type: NEWLINK },
  {
    name: "bridgeAdd",
    command: "ip link add bgrc address 02:00:00:00:00:06 mtu 1400 group 77 type bridge stp_state 0",
    type: NEWLINK,
  },
  { name: "vethAdd", command: "ip link add bgrv type veth peer name bgrw", type: NEWLINK },
  { name: "groupDelete", command: "ip link delete group 77", type: DELLINK },
  { name: "addressAdd", command: "ip address add 10.1.0.1/24 dev bgrb", type: NEWADDR },
  { name: "addressPeer", command: "ip address add 10.2.0.1 peer 10.2.0.2/32 dev bgrb", type: NEWADDR },
  { name: "address6Add", command: "ip address add fd00::1/64 dev bgrb nodad noprefixroute", type: NEWADDR },
  { name: "addressDelete", command: "ip address delete 10.2.0.1 peer 10.2.0.2/32 dev bgrb", type: DELADDR },
  { name: "bridgeUp", command: "ip link set dev bgrb up", type: NEWLINK },
  {
    name: "routeAdd",
    command: "ip route add 172.30.0.2/32 proto static dev bgrb scope link src 10.1.0.1",
    type: NEWROUTE,
  },
  {
    name: "routeGateway",
    command: "ip route add 10.9.0.0/16 via 10.1.0.9 dev bgrb proto static metric 50 table 1000",
    type: NEWROUTE,
  },
  {
    name: "routeReplace",
    command: "ip route replace default via 10.1.0.9 dev bgrb proto static onlink",
    type: NEWROUTE,
  },
  {
    name: "route6Add",
    command: "ip -6 route add fd01::/64 dev bgrb proto static metric 1024",
    type: NEWROUTE,
  },
  { name: "blackholeAdd", command: "ip route add blackhole 10.8.0.0/16 proto static", type: NEWROUTE },
  {
    name: "routeDelete",
    command: "ip route delete 172.30.0.2/32 proto static dev bgrb scope link src 10.1.0.1",
    type: DELROUTE,
  },
  {
    name: "neighbourSet",
    command: "ip neighbour replace 10.1.0.7 lladdr 02:00:00:00:00:07 dev bgrb nud permanent",
    type: NEWNEIGH,
  },
  {
    name: "neighbour6Set",
    command: "ip neighbour replace fd00::7 lladdr 02:00:00:00:00:07 dev bgrb nud permanent",
    type: NEWNEIGH,
  },
  { name: "neighbourDelete", command: "ip neighbour delete 10.1.0.7 dev bgrb", type: DELNEIGH },
  { name: "addressDump", command: "ip -4 address show", type: GETADDR },
  { name: "routeDump", command: "ip -4 route show table main", type: GETROUTE },
  { name: "neighbourDump", command: "ip -4 neighbour show", type: GETNEIGH },
  { name: "linkNetns", command: "ip link set dev bgrw netns bgr-golden", type: NEWLINK },
  { name: "vethNetns", command: "ip link add bgrx type veth peer name bgry netns bgr-golden", type: NEWLINK },
];

const ANSWERED: readonly Case[] = [
  { name: "tap", command: "ip -d link show dev bgr0", type: NEWLINK, at: 1 },
  { name: "bridge", command: "ip -d link show dev bgrb", type: NEWLINK },
  { name: "addresses", command: "ip -4 address show", type: NEWADDR },
  { name: "addresses6", command: "ip -6 address show", type: NEWADDR },
  { name: "routes", command: "ip -4 route show table all", type: NEWROUTE },
  { name: "routes6", command: "ip -6 route show table main", type: NEWROUTE },
  { name: "neighbours6", command: "ip -6 neighbour show nud permanent", type: NEWNEIGH },
  { name: "refused", command: "ip route add 10.77.0.0/16 via 10.99.0.1 dev bgrb", type: 2 },
];

/** What a command sent or received, one buffer each. A command may fail: that too has an answer. */
function traced(command: string, call: "send" | "recv"): Buffer[] {
  const directory = mkdtempSync(path.join(os.tmpdir(), "banger-golden-"));
  const log = path.join(directory, "log");
  const dump = call === "send" ? "write=all" : "read=all";
  try {
    const options = [
      "-o",
      log,
      "-e",
      `trace=${call}msg,${call}${call === "send" ? "to" : "from"}`,
      "-e",
      dump,
      ...command.split(" "),
    ];
    execFileSync("strace", options, { stdio: "ignore" });
  } catch (error) {
    if ((error as { status?: number }).status !== 2) throw error;
  }
  const buffers: number[][] = [];
  for (const line of readFileSync(log, "utf8").split("\n")) {
    if (line.startsWith(call)) buffers.push([]);
    const bytes = /^ \| [0-9a-f]+ {2}((?:[0-9a-f]{2} {1,2}){1,16})/.exec(line)?.[1];
    if (bytes !== undefined)
      buffers.at(-1)?.push(
        ...bytes
          .trim()
          .split(/ +/)
          .map((byte) => Number.parseInt(byte, 16)),
      );
  }
  rmSync(directory, { recursive: true });
  return buffers.map((buffer) => Buffer.from(buffer));
}

/** The buffer that begins with a message of that type; sequence and port numbers made those of our own requests: 1 and 0. */
function wanted({ name, command, type, at = -1 }: Case, call: "send" | "recv"): Buffer {
  const found = traced(command, call)
    .filter((buffer) => buffer.length >= 16 && buffer.readUInt16LE(4) === type)
    .at(at);
  if (found === undefined) throw new Error(`${name}: \`${command}\` carries no message of type ${type}`);
  let end = 0;
  while (end + 16 <= found.length && found.readUInt32LE(end) >= 16) {
    found.writeUInt32LE(1, end + 8);
    found.writeUInt32LE(0, end + 12);
    end += (found.readUInt32LE(end) + 3) & ~3;
  }
  return found.subarray(0, end); // what ip(8) sends may have zeros behind it
}

function constant(prefix: string, of: Case, bytes: Buffer): string {
  const name = `${prefix}${of.name[0]?.toUpperCase()}${of.name.slice(1)}`;
  const lines = (bytes.toString("hex").match(/.{1,96}/g) ?? []).map((line) => `    "${line}"`);
  return `// ${of.command}\ninline constexpr const char* ${name} =\n${lines.join("\n")};\n`;
}

for (const command of PREPARE) execFileSync("sh", ["-c", command]);
process.on("exit", () => execFileSync("ip", ["netns", "delete", "bgr-golden"]));
const version = execFileSync("ip", ["-V"], { encoding: "utf8" }).trim();
const parts = [
  "// clang-format off",
  `// Made by scripts/golden/rtnl.ts: what ${version} sends, and what Linux ${os.release().split("-")[0]} answers.`,
  "// Over 200 lines: dumps.",
  "#pragma once\n",
  "namespace banger::test::golden {\n",
  ...SENT.map((each) => constant("kSent", each, wanted(each, "send"))),
  ...ANSWERED.map((each) => constant("kAnswer", each, wanted(each, "recv"))),
  "} // namespace banger::test::golden\n",
];
const top = path.resolve(import.meta.dirname, "../..");
writeFileSync(path.join(top, "native/test/golden/rtnl.h"), parts.join("\n"));

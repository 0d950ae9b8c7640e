/**
 * Takes the golden dumps of the netlink encoders from `nft` itself: `sudo node scripts/golden-nft.ts`. For each `*.nft` beside the tests,
 * strace writes down the batch that `nft -f` sends in a network namespace of its own, one message a line into `*.hex`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const GOLDEN = path.resolve(import.meta.dirname, "../test/unit/host/shared/nft/golden");
const BATCH_BEGIN = 0x10; // NFNL_MSG_BATCH_BEGIN

/** What was in the buffers of each sendmsg, from strace's `-e write=all`. */
function sentIn(trace: string): Buffer[] {
  return trace
    .split(/^\d* *sendmsg\(/m)
    .slice(1)
    .map((call) => {
      const lines = [...call.matchAll(/^ \| [0-9a-f]+ {2}((?:[0-9a-f]{2} {1,2})+)/gm)];
      return Buffer.from(
        lines
          .map((line) => line[1])
          .join("")
          .replaceAll(" ", ""),
        "hex",
      );
    });
}

function messagesOf(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    found.push(bytes.subarray(at, at + length).toString("hex"));
    at += (length + 3) & ~3;
  }
  return found;
}

const directory = mkdtempSync(path.join(os.tmpdir(), "banger-golden-"));
const trace = path.join(directory, "trace");
for (const name of readdirSync(GOLDEN).filter((each) => each.endsWith(".nft"))) {
  const file = path.join(GOLDEN, name);
  const command = `ip link set lo up; strace -f -e trace=sendmsg -e write=all -o ${trace} nft -f ${file}`;
  execFileSync("unshare", ["-n", "sh", "-ec", command], { stdio: "inherit" });
  const batch = sentIn(readFileSync(trace, "utf8")).find((sent) => sent.readUInt16LE(4) === BATCH_BEGIN);
  if (batch === undefined) throw new Error(`${name}: strace shows no batch`);
  writeFileSync(file.replace(/\.nft$/, ".hex"), `${messagesOf(batch).join("\n")}\n`);
}
rmSync(directory, { recursive: true });

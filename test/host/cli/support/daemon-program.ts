import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { FakeDaemon } from "./daemon.ts";

/** A daemon's program for tests of starting one; `TEST_DAEMON` says how it misbehaves. */
const READY_FD = 3;
const directory = path.dirname(process.env.BANGER_RUNTIME_DIR ?? "");

function say(line: string): void {
  writeSync(READY_FD, `${line}\n`);
  closeSync(READY_FD);
}

/** One daemon at a time, as the real one holds a lock. */
function isFirst(): boolean {
  try {
    closeSync(openSync(path.join(directory, "lock"), "wx"));
    return true;
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  const behaviour = process.env.TEST_DAEMON;
  if (behaviour === "dies") process.exit(1);
  if (behaviour === "babbles") return say("hello");
  if (behaviour === "refuses") {
    return say(JSON.stringify({ error: { code: "ERR_NOT_ROOT", message: "not root", next: "use sudo" } }));
  }
  if (!isFirst()) {
    return say(JSON.stringify({ error: { code: "ERR_DAEMON_RUNNING", message: "another daemon runs" } }));
  }
  await FakeDaemon.open(
    {
      handlers: {
        "daemon.stop": async () => {
          const { TEST_DAEMON_SWEEPS: left } = process.env;
          if (left !== undefined) rmSync(left);
          rmSync(path.join(directory, "lock"));
          setTimeout(() => process.exit(0), 20);
          return { runningVms: 0 };
        },
      },
    },
    directory,
  );
  say(JSON.stringify({ ready: true }));
}

void main();

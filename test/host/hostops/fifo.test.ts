import { readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";

const UID = 612_001;
const GID = 612_002;
const host = openReal();
const scratch = useScratch();
afterAll(() => host.close());

it("a FIFO is new each time, the process's own, and is written to without a reader (VMM-2)", async () => {
  const [path, log] = [scratch.path("fifo"), scratch.path("log")];
  writeFileSync(path, "what a process before it left");
  // dd counts what was not taken as errors, and goes on.
  const fill = "dd if=/dev/zero bs=4096 count=1000 2>/dev/null; echo written >&2; exec sleep 60";
  const process = await host.process.spawn({
    ...{ program: "/bin/sh", argv: ["sh", "-c", fill], env: { PATH: "/usr/bin:/bin" }, cwd: "/" },
    ...{ uid: UID, gid: GID, umask: 0o77 },
    fds: [
      { target: 1, kind: "fifo", path },
      { target: 2, kind: "log", path: log },
    ],
  });
  try {
    while (!readFileSync(log, "utf8").includes("written"))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const info = statSync(path);
    expect([info.isFIFO(), info.uid, info.gid, info.mode & 0o777]).toEqual([true, UID, GID, 0o600]);
  } finally {
    await host.process.signal(process, 9);
    await host.process.wait(process);
  }
});

import path from "node:path";
import { mustRun, Running } from "./run.ts";
import type { Sandbox } from "./sandbox.ts";

/**
 * Puts this host's rsync into the VM `web`, whose image has none, as /opt/rsync/run: with its loader and its libraries, since the guest's
 * libc may be another.
 */
export async function bringRsync(sandbox: Sandbox): Promise<void> {
  const program = (await mustRun("sh", ["-c", "command -v rsync"])).trim();
  const linked = await mustRun("ldd", [program]);
  const files = [...linked.matchAll(/(\/\S+) \(0x/g)].map(([, file]) => file as string);
  const loader = path.basename(files.find((file) => path.basename(file).startsWith("ld-")) as string);
  const tar = await new Running(
    "tar",
    ["-chf", "-", "--transform=s|.*/|opt/rsync/|", "-P", program, ...files],
    {},
  ).finished;
  const script = `tar -xf - -C / && cat > /opt/rsync/run <<'X' && chmod +x /opt/rsync/run
#!/bin/sh
exec /opt/rsync/${loader} --library-path /opt/rsync /opt/rsync/rsync "$@"
X`;
  const done = await sandbox.run(["vm", "exec", "web", "--", "sh", "-c", script], { input: tar.stdout });
  if (done.status !== 0) throw new Error(done.stderr);
}

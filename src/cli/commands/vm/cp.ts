import type { Command } from "../../command.ts";
import type { CliContext } from "../../context.ts";
import { type Copying, copyIn, copyOut } from "../../files/copy.ts";
import { type CopySide, copySide } from "../../files/paths.ts";
import { CopyProgress } from "../../files/progress.ts";
import { say } from "../../output.ts";
import { type EndSignal, Interrupted, onEndSignals } from "../../signals.ts";
import { usageError } from "../../usage-error.ts";

export const vmCp: Command = {
  path: "vm cp",
  summary: "Copy files between this host and a VM",
  description: [
    "One of the two is `vm:path`, from the VM's `/`; the other a path of this host, or `-`: a tar stream on stdin or stdout. It means what `docker cp` means: into a directory that is there, else under the destination's name, whose parent must be there; `dir/.` is what is in a directory; a symlink is copied as one.",
    "Files are root's in the VM (with -a whose they are here) and yours on this host, where set-user-ID bits are dropped. Modes and times are kept. A file is there whole or not at all, also after Ctrl-C.",
  ],
  options: [
    { name: "archive", short: "a", kind: "flag", describe: "keep numeric owners of what goes into the VM" },
    { name: "follow-link", short: "L", kind: "flag", describe: "follow the source where it is a symlink" },
  ],
  positionals: {
    usage: "<source> <destination>",
    min: 2,
    max: 2,
    completes: "vm-path",
    what: "a source or a destination",
  },
  examples: [
    ["banger vm cp ./app web:/srv/", "the directory app, as /srv/app"],
    ["banger vm cp web:/var/log/. logs", "what is in /var/log, into logs"],
    ["tar c src | banger vm cp - web:/srv", ""],
    ["banger vm cp web:/etc - | tar t", ""],
  ],
  async run(context, { positionals, flags }) {
    const [source, destination] = positionals.map(copySide) as [CopySide, CopySide];
    const options = { archive: flags.has("archive"), followLink: flags.has("follow-link") };
    if (source.kind === "guest" && destination.kind !== "guest") {
      return copying(context, options, (each) => copyOut(source, destination, each));
    }
    if (source.kind !== "guest" && destination.kind === "guest") {
      return copying(context, options, (each) => copyIn(source, destination, each));
    }
    throw source.kind === "guest"
      ? usageError(
          "between two VMs nothing is copied",
          "copy to this host, and from here: `… - | banger vm cp - …`",
        )
      : usageError("neither side is a VM's", "write one of them as vm:/path");
  },
};

/** A signal ends the copy in good order: what was under way is taken away, what was whole stays. */
async function copying(
  context: CliContext,
  options: Pick<Copying, "archive" | "followLink">,
  copy: (copying: Copying) => Promise<void>,
): Promise<number> {
  const abort = new AbortController();
  let interrupted: EndSignal | null = null;
  const off = onEndSignals(context.signals, (signal) => {
    interrupted = signal;
    abort.abort();
  });
  const progress = new CopyProgress(context);
  try {
    await context.withDaemon((client) =>
      copy({ context, client, ...options, progress, signal: abort.signal }),
    );
    progress.end("done");
    return 0;
  } catch (error) {
    progress.end(interrupted === null ? "failed" : "cancelled");
    if (interrupted === null) throw error;
    say(context, "banger: interrupted; files that were copied whole stay, none is left half");
    throw new Interrupted(interrupted);
  } finally {
    off();
  }
}

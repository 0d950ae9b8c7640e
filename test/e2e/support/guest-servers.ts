import { Running } from "./run.ts";
import type { Sandbox } from "./sandbox.ts";

/** What `banger vm ports --json` says, as far as it is looked at. */
export interface Ports {
  listeners: {
    protocol: string;
    port: number;
    addresses: string[];
    guestOnly: boolean;
    endpoint: string;
    process: string | null;
    command: string | null;
  }[];
  published: { protocol: string; hostPort: number; guestPort: number; endpoint: string; open: boolean }[];
}

/** Servers in a sandbox's guests, of what every Debian has, and who asks them from the host's side. */
export class GuestServers {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** A program of the host, in the sandbox's network. */
  start(program: string, ...args: string[]): Running {
    return new Running("nsenter", [`--net=/run/netns/${this.#sandbox.netns}`, program, ...args], {
      input: "",
    });
  }

  /** The body of an answer by HTTP, or why there was none. */
  async get(port: number): Promise<string> {
    const done = await this.start("curl", "-sS", "--max-time", "60", `http://127.0.0.1:${port}/`).finished;
    return done.status === 0 ? done.stdout.toString() : done.stderr;
  }

  /** A program in a guest that goes on when its command has ended. */
  leave(vm: string, ...argv: string[]): Promise<string> {
    const script = 'setsid nohup "$@" >/dev/null 2>&1 &';
    return this.#sandbox.ok("vm", "exec", vm, "--", "sh", "-c", script, "sh", ...argv);
  }

  /** A web server in a guest; it answers with `word`, one after another. */
  serve(vm: string, port: number, word: string, address = "0.0.0.0"): Promise<string> {
    const socket = `LocalAddr => "${address}", LocalPort => ${port}, Listen => 64, ReuseAddr => 1`;
    const script = `use IO::Socket::INET;
      my $s = IO::Socket::INET->new(${socket}) or die $!;
      while (my $c = $s->accept) {
        my $first = <$c>;
        if ($first =~ m/HTTP/) {
          while (<$c>) { last if /^\\r?\\n$/ }
          print $c "HTTP/1.0 200 OK\\r\\nContent-Length: ${word.length}\\r\\n\\r\\n${word}";
        }
        close $c;
      }`;
    return this.leave(vm, "perl", "-e", script);
  }
}

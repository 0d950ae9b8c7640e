import { PUBLIC, ROUTER } from "../../support/outside.ts";
import type { Internet } from "./internet.ts";
import { eventually, Running } from "./run.ts";

/** Behind the uplink, of a private address: a guest reaches it by the host alone. */
const ADDRESS = ROUTER;

/** A DNS server of the internet: dnsmasq. It knows `www.example.com`, says of `bad.example.com` what it may not, and denies the rest of that zone. */
export class NameServer {
  readonly address = ADDRESS;
  readonly #program: Running;

  private constructor(internet: Internet) {
    const argv = [
      ...["--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--user=root", "--no-resolv", "--no-hosts"],
      ...["--bind-interfaces", `--listen-address=${ADDRESS}`, "--log-queries", "--log-facility=-"],
      ...["--local=/example.com/", `--host-record=www.example.com,${PUBLIC}`],
      ...["--host-record=web.vm,198.51.100.66", "--cname=bad.example.com,web.vm"],
    ];
    this.#program = new Running("ip", ["netns", "exec", internet.netns, "dnsmasq", ...argv], {});
  }

  static async open(internet: Internet): Promise<NameServer> {
    const server = new NameServer(internet);
    const ask = [
      "netns",
      "exec",
      internet.netns,
      "dig",
      "+short",
      "+tries=1",
      `@${ADDRESS}`,
      "www.example.com",
    ];
    await eventually(async () => {
      if (server.#program.child.exitCode !== null) throw new Error(server.#program.stderr);
      return (await new Running("ip", ask, {}).finished).stdout.toString() === `${PUBLIC}\n`;
    }, "the name server answers");
    return server;
  }

  /** Who has asked for a name. */
  askedBy(name: string): string[] {
    const lines = `${this.#program.stdout}\n${this.#program.stderr}`.split("\n");
    return lines.flatMap((line) => new RegExp(`query\\[\\w+\\] ${name} from (\\S+)`).exec(line)?.[1] ?? []);
  }

  async close(): Promise<void> {
    this.#program.child.kill();
    await this.#program.finished;
  }
}

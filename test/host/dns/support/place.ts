import { execFile } from "node:child_process";
import { DnsListener, type ListenerOptions } from "../../../../src/dns/listener.ts";
import { Records } from "../../../../src/dns/records.ts";
import { responder } from "../../../../src/dns/responder.ts";
import { Zone } from "../../../../src/dns/zone.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";

/** Records of two VMs. */
export function someRecords(): Records {
  const records = new Records();
  records.set("1", { name: "web", address: "172.30.0.2" });
  records.set("2", { name: "db", address: "172.30.1.3" });
  return records;
}

/** The server for the host, on a free port. */
export async function hostServer(
  over: Partial<ListenerOptions> = {},
): Promise<AsyncDisposable & { listener: DnsListener; records: Records }> {
  const records = someRecords();
  const respond = responder(new Zone(records, "172.30.0.0/16"), null);
  const options = { address: "127.0.0.1", port: 0, respond, logger: silentLogger };
  const listener = await DnsListener.open({ ...options, ...over });
  return { listener, records, [Symbol.asyncDispose]: () => listener.close() };
}

export interface Dug {
  /** `NOERROR`, `NXDOMAIN`, ... */
  readonly status: string;
  readonly flags: string[];
  /** The data of each answer. */
  readonly answers: string[];
  readonly text: string;
}

/** Runs dig, once and without patience for lost packets: on loopback there are none. */
export function dig(at: { address: string; port: number }, ...args: string[]): Promise<Dug> {
  const common = [`@${at.address}`, "-p", String(at.port), "+tries=1", "+time=60", "+nocookie"];
  return new Promise((resolve, reject) => {
    execFile("dig", [...common, ...args], (error, stdout) => {
      if (error !== null) return reject(new Error(`${error.message}\n${stdout}`));
      const section = /;; ANSWER SECTION:\n([\s\S]*?)\n\n/.exec(stdout)?.[1] ?? "";
      resolve({
        status: /status: (\w+)/.exec(stdout)?.[1] ?? "",
        flags: (/;; flags: ([^;]*);/.exec(stdout)?.[1] ?? "").split(" "),
        answers: section.split("\n").flatMap((line) => line.split(/\s+/).slice(4).join(" ") || []),
        text: stdout,
      });
    });
  });
}

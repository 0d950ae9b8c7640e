import http from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { z } from "zod";
import { BangerError, errorCode } from "../../../shared/errors.ts";
import { KNOWN_VERSION } from "../version.ts";
import { fault, type InstanceInfo, instanceInfo } from "./schemas.ts";

/** A Firecracker's replies are a few hundred bytes. */
const MAX_REPLY_BYTES = 64 * 1024;
const MAX_FAULT_CHARACTERS = 1000;
export const OTHER_RELEASE = `use Firecracker ${KNOWN_VERSION}, with which banger was tested, or set \`vmm = "qemu"\` for new VMs`;

/**
 * One connection to one Firecracker's API, for one request after another. The process is the guest's first victim, so nothing that it says is
 * trusted: replies are bounded and checked (VMM-3).
 */
export class FirecrackerApi {
  readonly #socket: Socket;
  readonly #agent: http.Agent;

  /** Takes the socket over. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    this.#agent.createConnection = () => socket as Duplex;
  }

  /** `GET /`: answered once the machine is built. Rejects with the signal's reason; ERR_VMM_API, ERR_VMM_API_PROTOCOL, ERR_VMM_API_CLOSED. */
  async instance(signal: AbortSignal): Promise<InstanceInfo> {
    return this.#checked("/", instanceInfo, await this.#request("GET", "/", null, signal));
  }

  /** `PUT /actions`: what the guest sees as Ctrl-Alt-Del. */
  async sendCtrlAltDel(signal: AbortSignal): Promise<void> {
    await this.#request("PUT", "/actions", { action_type: "SendCtrlAltDel" }, signal);
  }

  close(): void {
    this.#agent.destroy();
    this.#socket.destroy();
  }

  #checked<T extends z.ZodType>(path: string, schema: T, body: string): z.infer<T> {
    const parsed = schema.safeParse(parseJson(body));
    if (parsed.success) return parsed.data;
    throw protocol(`Firecracker gave an unexpected answer to ${path}`, parsed.error);
  }

  /** The body of a 2xx reply. */
  #request(method: string, path: string, body: object | null, signal: AbortSignal): Promise<string> {
    if (this.#socket.destroyed)
      return Promise.reject(closed("the connection to Firecracker's API is closed"));
    const text = body === null ? "" : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const headers =
        body === null
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      const request = http.request({
        method,
        path,
        headers,
        agent: this.#agent,
        signal,
        maxHeaderSize: 8192,
      });
      const lost = (cause: Error) =>
        reject(signal.aborted ? signal.reason : broken(`${method} ${path}`, cause));
      request.on("error", lost);
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_REPLY_BYTES)
            request.destroy(protocol(`Firecracker answered ${path} with more than 64 KiB`));
          else chunks.push(chunk);
        });
        response.on("error", lost);
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          const reply = Buffer.concat(chunks).toString("utf8");
          if (status >= 200 && status < 300) resolve(reply);
          else reject(refused(`${method} ${path}`, status, reply));
        });
      });
      request.end(text);
    });
  }
}

function refused(what: string, status: number, reply: string): BangerError {
  const said = fault.safeParse(parseJson(reply));
  if (!said.success) return protocol(`Firecracker answered ${what} with ${status}`);
  const message = said.data.fault_message.slice(0, MAX_FAULT_CHARACTERS);
  return new BangerError("ERR_VMM_API", `Firecracker refused ${what}: ${message}`, { next: OTHER_RELEASE });
}

/** What Node's parser refuses (HPE_…) is an answer, and what we refused ourselves is said already; all else is a connection that ended. */
function broken(what: string, cause: Error): BangerError {
  if (cause instanceof BangerError) return cause;
  return /^HPE_(?!INVALID_EOF_STATE)/.test(errorCode(cause))
    ? protocol(`Firecracker's answer to ${what} is no HTTP`, cause)
    : closed(`the connection to Firecracker's API broke at ${what}`, cause);
}

function protocol(message: string, cause?: unknown): BangerError {
  return new BangerError("ERR_VMM_API_PROTOCOL", message, { next: OTHER_RELEASE, cause });
}

function closed(message: string, cause?: unknown): BangerError {
  return new BangerError("ERR_VMM_API_CLOSED", message, {
    next: "see whether the VM still runs: `banger vm list --all`",
    cause,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

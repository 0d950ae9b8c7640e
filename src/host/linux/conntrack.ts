import { joined } from "../../shared/nft/bytes.ts";
import { errnoName, HostError, hasErrno } from "../host-error.ts";
import type { ConntrackFilter, ConntrackInfo, ConntrackOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { checkDeletion, checkFilter, isMatch } from "../shared/conntrack/filter.ts";
import {
  type CT_MSG,
  decodeConnection,
  decodeUsage,
  deleteBySources,
  deleteListed,
  getUsage,
  type Listed,
  listConnections,
} from "../shared/conntrack/message.ts";
import { type Message, messagesOf } from "../shared/nft/message.ts";
import { decodeAck } from "../shared/nft/reply.ts";
import type { Addon } from "./addon.ts";
import { NetfilterSocket, type NetfilterSocketLife } from "./netfilter-socket.ts";

const OBJECT = "nf_conntrack";
const SYSCALL = "netlink(NETLINK_NETFILTER)";
const SUBJECT = {
  object: OBJECT,
  name: "ctnetlink",
  works: "this kernel tells and forgets the connections that it tracks",
  missing: noConntrack,
};
/** As many deletions of one each as go into one exchange, and what their answers need. */
const AT_ONCE = 128;
const ACK_BYTES = 2048;

/** Connection tracking of the addon's network namespace. */
export class LinuxConntrack implements ConntrackOps {
  readonly #socket: NetfilterSocket;
  /** Whether the kernel deletes by sources; until it says no. */
  #deletesBySources: boolean;

  constructor(addon: Addon, life: NetfilterSocketLife, { deletesBySources = true } = {}) {
    this.#socket = new NetfilterSocket(addon, life, SUBJECT);
    this.#deletesBySources = deletesBySources;
  }

  available(): Promise<{ ok: boolean; reason: string }> {
    return this.#socket.available(() => this.usage());
  }

  async usage(): Promise<{ entries: number; most: number | null }> {
    const [known] = this.#decoded(await this.#ask("GET_STATS", getUsage), decodeUsage);
    if (known !== undefined) return known;
    throw this.#socket.unreadable(SYSCALL, "no number in the answer");
  }

  async list(filter: ConntrackFilter = {}): Promise<ConntrackInfo[]> {
    const checked = await host(OBJECT, () => checkFilter(filter));
    return (await this.#list(checked)).map(({ info }) => info);
  }

  async delete(filter: ConntrackFilter): Promise<void> {
    const checked = await host(OBJECT, () => checkDeletion(filter));
    try {
      if (await this.#deleteBySources(checked)) return;
      const listed = await this.#list(checked);
      for (let at = 0; at < listed.length; at += AT_ONCE)
        await this.#deleteListed(listed.slice(at, at + AT_ONCE));
    } catch (error) {
      // The network namespace is gone, and with it all that was to be deleted.
      if (!hasErrno(error, "ENOENT")) throw error;
    }
  }

  /** ECANCELED for those who come after it. */
  async close(): Promise<void> {
    await this.#socket.close();
  }

  /** Resolves to whether this kernel does that. */
  async #deleteBySources(filter: ConntrackFilter): Promise<boolean> {
    if (!this.#deletesBySources || filter.originalDestination !== undefined) return false;
    try {
      await this.#ask("DELETE", (sequence) => deleteBySources(filter, sequence));
    } catch (error) {
      if (!hasErrno(error, "EINVAL", "EOPNOTSUPP")) throw error;
      this.#deletesBySources = false;
    }
    return this.#deletesBySources;
  }

  async #list(filter: ConntrackFilter): Promise<Listed[]> {
    const messages = await this.#ask("GET", (sequence) => listConnections(filter, sequence));
    return this.#decoded(messages, decodeConnection).filter(({ info }) => isMatch(filter, info));
  }

  async #deleteListed(listed: readonly Listed[]): Promise<void> {
    const first = this.#socket.next(listed.length);
    const requests = listed.map((each, index) => deleteListed(each, first + index));
    const replies = await this.#socket.exchange((socket) =>
      socket.batch(joined(requests), requests.length * ACK_BYTES),
    );
    const acks = new Map(messagesOf(replies).map((message) => [message.sequence, decodeAck(message)]));
    for (const index of listed.keys()) {
      const ack = acks.get(first + index);
      if (ack == null) throw this.#socket.unreadable(SYSCALL, "the kernel did not answer");
      const errnoCode = errnoName(ack.errno);
      // It ended by itself meanwhile.
      if (ack.errno !== 0 && errnoCode !== "ENOENT") throw failure("DELETE", errnoCode, ack.text);
    }
  }

  /** The messages of the answer. */
  async #ask(
    name: keyof typeof CT_MSG,
    request: (sequence: number) => Uint8Array,
  ): Promise<readonly Message[]> {
    const { messages, end } = await this.#socket.ask(SYSCALL, request);
    if (end.errno === 0) return messages;
    const errnoCode = errnoName(end.errno);
    const syscall = `netlink(IPCTNL_MSG_CT_${name})`;
    // nfnetlink has no such subsystem. What deletes may be refused for another reason.
    if (errnoCode === "EINVAL" && name !== "DELETE") throw noConntrack(errnoCode, syscall);
    throw failure(name, errnoCode, end.text);
  }

  #decoded<T>(messages: readonly Message[], decode: (message: Message) => T | null): T[] {
    return this.#socket.decoded(SYSCALL, () => messages.map(decode).filter((item) => item !== null));
  }
}

function failure(name: keyof typeof CT_MSG, errnoCode: string, detail: string): HostError {
  return new HostError({ errnoCode, syscall: `netlink(IPCTNL_MSG_CT_${name})`, object: OBJECT, detail });
}

function noConntrack(errnoCode: string, syscall: string, cause?: unknown): HostError {
  return new HostError({
    ...{ code: "ERR_HOST_UNSUPPORTED", errnoCode, syscall, object: OBJECT },
    detail: "this kernel has no ctnetlink",
    next: "load it: `modprobe nf_conntrack_netlink`",
    ...(cause === undefined ? {} : { cause }),
  });
}

import os from "node:os";
import { describe, expect, it } from "vitest";
import type { Addon } from "../../../../src/host/linux/addon.ts";
import { LinuxConntrack } from "../../../../src/host/linux/conntrack.ts";
import { LISTED } from "../shared/conntrack/golden.ts";
import { message } from "../shared/netlink-bytes.ts";

const { EINVAL, ENOENT, EPERM } = os.constants.errno;
const [GET, DELETE] = [0x101, 0x102];

function ack(sequence: number, errno: number): Buffer {
  const body = Buffer.alloc(20);
  body.writeInt32LE(-errno);
  return message(2, sequence, body);
}

const entry = Buffer.from(LISTED.replaceAll(/\s/g, ""), "hex").subarray(16);

/** A kernel that refuses to delete by sources, as those before Linux 6.11 do, and has so many connections. */
function oldKernel(count: number, errnoOfOne = 0) {
  const asked: number[] = [];
  const socket = {
    close: async () => undefined,
    dump: async (request: Uint8Array) => {
      const header = Buffer.from(request);
      const [type, sequence] = [header.readUInt16LE(4), header.readUInt32LE(8)];
      asked.push(type);
      if (type === DELETE) return ack(sequence, EINVAL);
      if (type !== GET) return ack(sequence, EINVAL);
      const entries = Array.from({ length: count }, () => message(0x100, sequence, entry));
      return Buffer.concat([...entries, message(3, sequence, new Uint8Array(4))]);
    },
    batch: async (requests: Uint8Array) => {
      const bytes = Buffer.from(requests);
      const answers: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at)) {
        asked.push(bytes.readUInt16LE(at + 4));
        answers.push(ack(bytes.readUInt32LE(at + 8), errnoOfOne));
      }
      return Buffer.concat(answers);
    },
  };
  const open = (): LinuxConntrack =>
    new LinuxConntrack({ netfilterOpen: async () => socket } as unknown as Addon, "kept");
  return { conntrack: open(), asked, socket };
}

describe("deleting connections where the kernel does not by sources", () => {
  it("deletes those that are listed, one by one, and does not ask again", async () => {
    const { conntrack, asked } = oldKernel(300);
    await conntrack.delete({ originalSource: "10.0.0.1" });
    expect(asked.slice(0, 2)).toEqual([DELETE, GET]);
    expect(asked.slice(2)).toEqual(Array(300).fill(DELETE));
    asked.length = 0;
    await conntrack.delete({ replySource: "10.0.0.9" });
    expect(asked).toEqual([GET]);
  });

  it("takes those that ended by themselves for deleted, and nothing else", async () => {
    await oldKernel(3, ENOENT).conntrack.delete({ originalSource: "10.0.0.1" });
    const refused = oldKernel(3, EPERM).conntrack.delete({ originalSource: "10.0.0.1" });
    await expect(refused).rejects.toMatchObject({
      ...{ code: "ERR_HOST_PERMISSION", syscall: "netlink(IPCTNL_MSG_CT_DELETE)", object: "nf_conntrack" },
    });
  });

  it("is an error where an answer is missing, or cannot be read", async () => {
    const silent = oldKernel(2);
    silent.socket.batch = async () => Buffer.alloc(0);
    await expect(silent.conntrack.delete({ originalSource: "10.0.0.1" })).rejects.toMatchObject({
      errnoCode: "EBADMSG",
    });
    const endless = oldKernel(2);
    endless.socket.dump = async () => Buffer.alloc(0);
    await expect(endless.conntrack.list()).rejects.toMatchObject({ errnoCode: "EBADMSG" });
  });
});

describe("a socket that fails", () => {
  it("is said to be what it carries", async () => {
    const { conntrack, socket } = oldKernel(0);
    const facts = {
      errno: -os.constants.errno.ENOBUFS,
      syscall: "recvfrom(NETLINK_NETFILTER)",
      object: "nf_tables",
    };
    socket.dump = () => Promise.reject(Object.assign(new Error("ENOBUFS"), facts));
    await expect(conntrack.list()).rejects.toMatchObject({ errnoCode: "ENOBUFS", object: "nf_conntrack" });
  });
});

describe("a kernel without ctnetlink", () => {
  it("says so, with what to load", async () => {
    const { conntrack, socket } = oldKernel(0);
    socket.dump = async (request) => ack(Buffer.from(request).readUInt32LE(8), EINVAL);
    expect(await conntrack.available()).toEqual({ ok: false, reason: "this kernel has no ctnetlink" });
    await expect(conntrack.delete({ originalSource: "10.0.0.1" })).rejects.toMatchObject({
      code: "ERR_HOST_UNSUPPORTED",
      next: "load it: `modprobe nf_conntrack_netlink`",
    });
  });
});

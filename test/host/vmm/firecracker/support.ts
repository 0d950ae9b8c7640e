import { silentLogger } from "../../../../src/shared/logger.ts";
import { FirecrackerVmm } from "../../../../src/vmm/firecracker/firecracker-vmm.ts";
import { findFirecracker } from "../../../../src/vmm/firecracker/problems.ts";
import { opens } from "../../../../src/vmm/shared/host.ts";
import { KvmProbe } from "../../../../src/vmm/shared/kvm/probe.ts";
import { CONSOLE_LOG_BYTES, type MakeVmm, UID } from "../qemu/bench.ts";
import { type TinyGuestEnd, tinyGuest } from "../qemu/tiny-guest.ts";

export const firecracker: MakeVmm = (hostOps) =>
  new FirecrackerVmm({
    hostOps,
    kvm: new KvmProbe({ hostOps, uid: UID - 1, cacheDirectory: null }),
    firecrackerBin: null,
    searchPath: process.env.PATH,
    consoleLogBytes: CONSOLE_LOG_BYTES,
    logger: silentLogger,
  });

/** Why no Firecracker runs here, not even one whose guest is interpreted; null where one does. */
export async function obstacle(): Promise<string | null> {
  if ((await findFirecracker(null, process.env.PATH)) === null) return "firecracker is not on PATH";
  if (!(await opens("/dev/kvm"))) return "/dev/kvm does not open";
  return null;
}

const BASE = 0x100000;
const HEAD = 0x100;

/** The tiny guest as a 64-bit ELF, as Firecracker wants it: the 32-bit one is the contents of its one segment. */
export function tinyGuest64(text: string, end: TinyGuestEnd): Buffer {
  const guest = tinyGuest(text, end);
  const head = Buffer.alloc(HEAD);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(62, 18);
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(guest.readUInt32LE(24), 24); // its entry
  head.writeUInt32LE(64, 32);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(2, 56);
  const segment = (at: number, type: number, offset: number, address: number, size: number) => {
    head.writeUInt32LE(type, at);
    head.writeUInt32LE(7, at + 4);
    [offset, address, address, size, size, 4].forEach((value, index) => {
      head.writeBigUInt64LE(BigInt(value), at + 8 + index * 8);
    });
  };
  segment(64, 1, HEAD, BASE, guest.length);
  segment(120, 4, HEAD + 0x80, BASE + 0x80, 20); // its note
  return Buffer.concat([head, guest]);
}

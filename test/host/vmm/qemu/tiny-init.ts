import { S_IFREG, writeCpio } from "../../../../src/images/cpio.ts";

/** An /init of a few instructions for a real kernel: it prints its text on the console, then ends the machine in one way, or waits. */
export type TinyInitEnd = "poweroff" | "reboot" | "panic" | "wait";

const BASE = 0x400000;
const CODE_OFFSET = 0x78;

/** An initramfs with nothing but that /init. */
export function tinyInitramfs(text: string, end: TinyInitEnd): Buffer {
  return writeCpio([{ path: "init", mode: S_IFREG | 0o755, data: tinyInit(text, end) }]);
}

function tinyInit(text: string, end: TinyInitEnd): Buffer {
  const length = Buffer.byteLength(text);
  // write(1, text, length); PID 1 has the console as its descriptors 0 to 2.
  const write = (address: number) => [...load({ eax: 1, edi: 1, esi: address, edx: length }), ...SYSCALL];
  const size = write(0).length + ENDINGS[end].length;
  const code = Buffer.from([...write(BASE + CODE_OFFSET + size), ...ENDINGS[end]]);
  const file = Buffer.concat([Buffer.alloc(CODE_OFFSET), code, Buffer.from(text)]);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(62, 18); // EM_X86_64
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(BASE + CODE_OFFSET), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(BigInt(BASE), 80);
  file.writeBigUInt64LE(BigInt(BASE), 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  return file;
}

const OPCODES = { eax: 0xb8, edi: 0xbf, esi: 0xbe, edx: 0xba };
const SYSCALL = [0x0f, 0x05];

/** mov r32, imm32 */
function load(registers: Partial<Record<keyof typeof OPCODES, number>>): number[] {
  return Object.entries(registers).flatMap(([name, value]) => {
    const immediate = Buffer.alloc(4);
    immediate.writeUInt32LE(value);
    return [OPCODES[name as keyof typeof OPCODES], ...immediate];
  });
}

/** reboot(2), linux/reboot.h */
const reboot = (command: number) => [
  ...load({ eax: 169, edi: 0xfee1dead, esi: 0x28121969, edx: command }),
  ...SYSCALL,
];

const ENDINGS: Record<TinyInitEnd, number[]> = {
  poweroff: reboot(0x4321fedc),
  reboot: reboot(0x01234567),
  panic: [...load({ eax: 231, edi: 3 }), ...SYSCALL], // PID 1 must not exit
  wait: [...load({ eax: 34 }), ...SYSCALL, 0xeb, 0xf7], // pause, again and again
};

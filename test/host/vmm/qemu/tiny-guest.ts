import { CODE_ADDRESS, pvhElf } from "../../../../src/vmm/shared/kvm/pvh-elf.ts";

/**
 * A guest of a few bytes instead of a kernel, which both VMMs boot. It prints its text on the serial port, and then hangs, resets the machine by
 * a triple fault, or prints again for ever. So what the VMM does is tested from the guest's first byte on, without a kernel.
 */
export type TinyGuestEnd = "hang" | "reset" | "again";

/** Another `noteType` than the default makes a kernel that no VMM takes. */
export function tinyGuest(text: string, end: TinyGuestEnd, noteType?: number): Buffer {
  return pvhElf(assemble(text, end), noteType);
}

const ENDINGS: Record<TinyGuestEnd, number[]> = {
  hang: [0xf4, 0xeb, 0xfd], // hlt; jmp to it
  reset: [0x0f, 0x01, 0x1d, 0, 0, 0, 0, 0xcc], // lidt of the zeros after the text; int3
  again: [0xeb, 0], // jmp to the start
};

function assemble(text: string, end: TinyGuestEnd): Buffer {
  const code = Buffer.from([
    ...[0xbe, 0, 0, 0, 0], //       mov esi, text
    ...[0x66, 0xba, 0xfd, 0x03], // mov dx, COM1 + line status
    0xec, //                        in al, dx
    ...[0xa8, 0x20, 0x74, 0xfb], // test al, transmitter empty; jz to in
    ...[0xac, 0x84, 0xc0], //       lodsb; test al, al
    ...[0x74, 0x07], //             jz to the ending
    ...[0x66, 0xba, 0xf8, 0x03], // mov dx, COM1
    0xee, //                        out dx, al
    ...[0xeb, 0xeb], //             jmp to the second instruction
    ...ENDINGS[end],
  ]);
  const textAddress = CODE_ADDRESS + code.length;
  code.writeUInt32LE(textAddress, 1);
  if (end === "reset") code.writeUInt32LE(textAddress + Buffer.byteLength(text) + 1, code.length - 5);
  if (end === "again") code.writeInt8(-code.length, code.length - 1);
  return Buffer.concat([code, Buffer.from(text), Buffer.alloc(16)]);
}

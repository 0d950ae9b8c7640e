/**
 * A guest of a few bytes instead of a kernel: an ELF with the PVH note, by which QEMU enters it in 32-bit protected mode
 * (https://xenbits.xen.org/docs/unstable/misc/pvh.html). It prints its text on the serial port, and then hangs, resets the machine by
 * a triple fault, or prints again for ever. So what the VMM does is tested from the guest's first byte on, without a kernel.
 */
export type TinyGuestEnd = "hang" | "reset" | "again";

const BASE = 0x100000;
const XEN_ELFNOTE_PHYS32_ENTRY = 18;
/** ELF header, two program headers, note, padded. */
const CODE_OFFSET = 0xc0;

export function tinyGuest(text: string, end: TinyGuestEnd, noteType = XEN_ELFNOTE_PHYS32_ENTRY): Buffer {
  const code = assemble(text, end);
  const elf = Buffer.alloc(CODE_OFFSET);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  elf.writeUInt16LE(2, 16); // ET_EXEC
  elf.writeUInt16LE(3, 18); // EM_386
  elf.writeUInt32LE(1, 20);
  elf.writeUInt32LE(BASE + CODE_OFFSET, 24);
  elf.writeUInt32LE(52, 28);
  elf.writeUInt16LE(52, 40);
  elf.writeUInt16LE(32, 42);
  elf.writeUInt16LE(2, 44);
  const size = CODE_OFFSET + code.length;
  programHeader(elf, 52, { type: 1, offset: 0, address: BASE, size, flags: 7 });
  programHeader(elf, 84, { type: 4, offset: 0x80, address: BASE + 0x80, size: 20, flags: 4 });
  elf.writeUInt32LE(4, 0x80);
  elf.writeUInt32LE(4, 0x84);
  elf.writeUInt32LE(noteType, 0x88);
  elf.write("Xen\0", 0x8c, "latin1");
  elf.writeUInt32LE(BASE + CODE_OFFSET, 0x90);
  return Buffer.concat([elf, code]);
}

function programHeader(
  elf: Buffer,
  at: number,
  header: { type: number; offset: number; address: number; size: number; flags: number },
): void {
  const { type, offset, address, size, flags } = header;
  const words = [type, offset, address, address, size, size, flags, 4];
  words.forEach((word, index) => {
    elf.writeUInt32LE(word, at + index * 4);
  });
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
  const textAddress = BASE + CODE_OFFSET + code.length;
  code.writeUInt32LE(textAddress, 1);
  if (end === "reset") code.writeUInt32LE(textAddress + Buffer.byteLength(text) + 1, code.length - 5);
  if (end === "again") code.writeInt8(-code.length, code.length - 1);
  return Buffer.concat([code, Buffer.from(text), Buffer.alloc(16)]);
}

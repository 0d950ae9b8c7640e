/** Where a VMM, Firecracker too, takes a kernel: from 1 MiB on. */
const BASE = 0x100000;
/** ELF header, two program headers, the note, padded. */
const CODE_OFFSET = 0x100;
const NOTE_OFFSET = 0xb0;
const XEN_ELFNOTE_PHYS32_ENTRY = 18;

/** Where the code of a {@link pvhElf} lies, and begins. */
export const CODE_ADDRESS: number = BASE + CODE_OFFSET;

/**
 * A kernel of nothing but this code, which a VMM enters in 32-bit protected mode, by the PVH note
 * (https://xenbits.xen.org/docs/unstable/misc/pvh.html). Another type of note makes it one that no VMM takes.
 */
export function pvhElf(code: Uint8Array, noteType: number = XEN_ELFNOTE_PHYS32_ENTRY): Buffer {
  const head = Buffer.alloc(CODE_OFFSET);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(2, 16); // ET_EXEC
  head.writeUInt16LE(62, 18); // EM_X86_64
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(CODE_ADDRESS, 24);
  head.writeUInt32LE(64, 32);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(2, 56);
  programHeader(head, 64, { type: 1, flags: 7, offset: 0, size: CODE_OFFSET + code.length });
  programHeader(head, 120, { type: 4, flags: 4, offset: NOTE_OFFSET, size: 20 });
  head.writeUInt32LE(4, NOTE_OFFSET);
  head.writeUInt32LE(4, NOTE_OFFSET + 4);
  head.writeUInt32LE(noteType, NOTE_OFFSET + 8);
  head.write("Xen\0", NOTE_OFFSET + 12, "latin1");
  head.writeUInt32LE(CODE_ADDRESS, NOTE_OFFSET + 16);
  return Buffer.concat([head, code]);
}

function programHeader(
  elf: Buffer,
  at: number,
  header: { type: number; flags: number; offset: number; size: number },
): void {
  elf.writeUInt32LE(header.type, at);
  elf.writeUInt32LE(header.flags, at + 4);
  const { offset, size } = header;
  [offset, BASE + offset, BASE + offset, size, size, 4].forEach((value, index) => {
    elf.writeBigUInt64LE(BigInt(value), at + 8 + index * 8);
  });
}

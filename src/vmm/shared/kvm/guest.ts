/**
 * The guest of the KVM probe: an ELF of a few bytes that a VMM boots in place of a kernel, by the PVH note
 * (https://xenbits.xen.org/docs/unstable/misc/pvh.html). It says on the serial port that it runs, turns on paging and long mode as every
 * kernel does, counts, says that it is through, and resets the machine by a triple fault.
 *
 * The counting is the proof. On hardware it takes about 10 ms, in a nested, emulated machine 0.2 s. A `/dev/kvm` that has to interpret ordinary
 * guests (kvm_pvm, measured at 1 to 2.5 µs an instruction) runs such code correctly too, and would take a kernel hours to boot.
 */
export const PROBE_STARTED = "banger: the probe runs";
export const PROBE_DONE = "banger: the probe is through";

const ITERATIONS = 20_000_000;
/** Where Firecracker, too, takes a kernel: from 1 MiB on. */
const BASE = 0x100000;
const PAGE_TABLES = 0x200000;
/** ELF header, two program headers, the note, padded. */
const CODE_OFFSET = 0x100;
const NOTE_OFFSET = 0xb0;
const XEN_ELFNOTE_PHYS32_ENTRY = 18;
const COM1 = 0x3f8;

export function probeGuest(iterations: number = ITERATIONS): Buffer {
  const code = assemble(iterations);
  const head = Buffer.alloc(CODE_OFFSET);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(2, 16); // ET_EXEC
  head.writeUInt16LE(62, 18); // EM_X86_64
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(BASE + CODE_OFFSET, 24);
  head.writeUInt32LE(64, 32);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(2, 56);
  programHeader(head, 64, { type: 1, flags: 7, offset: 0, size: CODE_OFFSET + code.length });
  programHeader(head, 120, { type: 4, flags: 4, offset: NOTE_OFFSET, size: 20 });
  head.writeUInt32LE(4, NOTE_OFFSET);
  head.writeUInt32LE(4, NOTE_OFFSET + 4);
  head.writeUInt32LE(XEN_ELFNOTE_PHYS32_ENTRY, NOTE_OFFSET + 8);
  head.write("Xen\0", NOTE_OFFSET + 12, "latin1");
  head.writeUInt32LE(BASE + CODE_OFFSET, NOTE_OFFSET + 16);
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

const word = (value: number): number[] => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return [...bytes];
};

/** The same bytes in 32-bit and in 64-bit mode; needs no stack. */
const print = (text: number): number[] => [
  ...[0xbe, ...word(text)], //      mov esi, text
  ...[0xba, ...word(COM1)], //      mov edx, COM1
  ...[0xac, 0x84, 0xc0], //         lodsb; test al, al
  ...[0x74, 0x03], //               jz over the next two
  ...[0xee, 0xeb, 0xf8], //         out dx, al; jmp to lodsb
];

const store = (address: number, value: number): number[] => [0xc7, 0x05, ...word(address), ...word(value)];

function assemble(iterations: number): Buffer {
  const texts = (codeSize: number) => {
    const started = BASE + CODE_OFFSET + codeSize;
    const done = started + PROBE_STARTED.length + 2;
    const gdt = done + PROBE_DONE.length + 2;
    return { started, done, gdt, gdtr: gdt + 16, nothing: gdt + 32 };
  };
  const build = (size: number, longMode: number) => {
    const at = texts(size);
    const before = [
      ...print(at.started),
      ...store(PAGE_TABLES, PAGE_TABLES + 0x1003), //        one page of 2 MiB, where this code lies
      ...store(PAGE_TABLES + 0x1000, PAGE_TABLES + 0x2003),
      ...store(PAGE_TABLES + 0x2000, 0x83),
      ...[0xb8, ...word(PAGE_TABLES), 0x0f, 0x22, 0xd8], //  mov eax, tables; mov cr3, eax
      ...[0x0f, 0x20, 0xe0, 0x83, 0xc8, 0x20, 0x0f, 0x22, 0xe0], // cr4 |= PAE
      ...[0xb9, ...word(0xc0000080), 0x0f, 0x32], //         mov ecx, EFER; rdmsr
      ...[0x0d, ...word(0x100), 0x0f, 0x30], //              or eax, LME; wrmsr
      ...[0x0f, 0x20, 0xc0, 0x0d, ...word(0x80000000), 0x0f, 0x22, 0xc0], // cr0 |= PG
      ...[0x0f, 0x01, 0x15, ...word(at.gdtr)], //            lgdt
      ...[0xea, ...word(longMode), 0x08, 0x00], //           jmp 8:long mode
    ];
    const after = [
      ...[0xb9, ...word(iterations), 0xff, 0xc9, 0x75, 0xfc], // mov ecx, n; dec ecx; jnz to dec
      ...print(at.done),
      ...[0x0f, 0x01, 0x1c, 0x25, ...word(at.nothing), 0xcc], // lidt of zeros; int3
    ];
    return { before, after, at };
  };
  const { before, after } = build(0, 0);
  const size = before.length + after.length;
  const { before: first, after: second, at } = build(size, BASE + CODE_OFFSET + before.length);
  const descriptors = Buffer.alloc(48);
  descriptors.writeBigUInt64LE(0x00af9b000000ffffn, 8); // a 64-bit code segment
  descriptors.writeUInt16LE(15, 16);
  descriptors.writeUInt32LE(at.gdt, 18);
  return Buffer.concat([
    Buffer.from([...first, ...second]),
    Buffer.from(`${PROBE_STARTED}\n\0${PROBE_DONE}\n\0`, "latin1"),
    descriptors,
  ]);
}

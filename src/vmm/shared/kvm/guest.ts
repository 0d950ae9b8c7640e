import { CODE_ADDRESS, pvhElf } from "./pvh-elf.ts";

/**
 * The guest of the KVM probe: a few bytes that a VMM boots in place of a kernel ({@link pvhElf}). It says on the serial port that it runs, turns on paging and long mode as every
 * kernel does, counts, says that it is through, and resets the machine by a triple fault.
 *
 * The counting is the proof. On hardware it takes about 10 ms, in a nested, emulated machine 0.2 s. A `/dev/kvm` that has to interpret ordinary
 * guests (kvm_pvm, measured at 1 to 2.5 µs an instruction) runs such code correctly too, and would take a kernel hours to boot.
 */
export const PROBE_STARTED = "banger: the probe runs";
export const PROBE_DONE = "banger: the probe is through";

const ITERATIONS = 20_000_000;
const PAGE_TABLES = 0x200000;
const COM1 = 0x3f8;

export function probeGuest(iterations: number = ITERATIONS): Buffer {
  return pvhElf(assemble(iterations));
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
    const started = CODE_ADDRESS + codeSize;
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
  const { before: first, after: second, at } = build(size, CODE_ADDRESS + before.length);
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

/** The least ELF64 file that has a section `.modinfo`. */
export function moduleElf(modinfo: string): Buffer {
  const names = Buffer.from("\0.shstrtab\0.modinfo\0", "latin1");
  const info = Buffer.from(modinfo, "latin1");
  const header = Buffer.alloc(64);
  header.write("\x7fELF", 0, "latin1");
  header[4] = 2;
  const table = 64 + names.length + info.length;
  header.writeBigUInt64LE(BigInt(table), 0x28);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(3, 0x3c);
  header.writeUInt16LE(1, 0x3e);
  const section = (name: number, offset: number, length: number) => {
    const bytes = Buffer.alloc(64);
    bytes.writeUInt32LE(name, 0);
    bytes.writeBigUInt64LE(BigInt(offset), 0x18);
    bytes.writeBigUInt64LE(BigInt(length), 0x20);
    return bytes;
  };
  return Buffer.concat([
    header,
    names,
    info,
    section(0, 0, 0),
    section(1, 64, names.length),
    section(11, 64 + names.length, info.length),
  ]);
}

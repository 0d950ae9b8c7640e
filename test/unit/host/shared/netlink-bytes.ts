import fc from "fast-check";

/** One netlink message as the kernel sends it (struct nlmsghdr, linux/netlink.h). */
export function message(type: number, sequence: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(16 + body.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt32LE(sequence, 8);
  bytes.set(body, 16);
  return bytes;
}

/** Has `walk` read each of many samples in which some bytes are others, whole and cut off anywhere. */
export function walkChanged(samples: readonly Uint8Array[], walk: (bytes: Uint8Array) => unknown): void {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      (sample, changes, cut) => {
        const bytes = Uint8Array.from(sample);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        walk(bytes);
        walk(bytes.subarray(0, cut % (bytes.length + 1)));
      },
    ),
    { numRuns: 2000 },
  );
}

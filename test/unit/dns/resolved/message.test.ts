import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Marshal, Unmarshal } from "../../../../src/dns/resolved/marshal.ts";
import { decodeMessage, encodeCall } from "../../../../src/dns/resolved/message.ts";

/** An answer as a bus sends it: fields of the header, then a body. */
function answer(type: number, fields: [number, string, string | number][], body: Buffer): Buffer {
  const message = new Marshal();
  message.raw(Buffer.from("l")).byte(type).byte(1).byte(1).int32(body.length).int32(9);
  message.array(8, fields, ([code, kind, value]) => {
    message.byte(code).signature(kind);
    if (kind === "u") message.int32(Number(value));
    else if (kind === "g") message.signature(String(value));
    else message.string(String(value));
  });
  return message.align(8).raw(body).toBuffer();
}

describe("values on the bus", () => {
  it("stand where the specification has them", () => {
    const body = new Marshal();
    body.int32(3).array(8, ["vm", "x"], (each) => body.string(each).boolean(true));
    expect(body.toBuffer().toString("hex")).toBe(
      "030000001c000000" + "02000000766d0000" + "01000000" + "00000000" + "0100000078000000" + "01000000",
    );
  });

  it("leave room before the first element of an empty array, which its length does not count", () => {
    const body = new Marshal();
    body
      .int32(1)
      .int32(1)
      .array(8, [], () => undefined);
    expect(body.toBuffer().toString("hex")).toBe("010000000100000000000000" + "00000000");
  });

  it("of two bytes stand at even places", () => {
    const body = new Marshal();
    expect(body.byte(1).uint16(42_069).byte(2).int32(-1).toBuffer().toString("hex")).toBe(
      "010055a402000000ffffffff",
    );
  });

  it("are read back, and not beyond their end", () => {
    const reader = new Unmarshal(new Marshal().byte(7).string("é").signature("ai").toBuffer());
    expect([reader.byte(), reader.string(), reader.signature()]).toEqual([7, "é", "ai"]);
    expect(() => reader.uint32()).toThrow(RangeError);
    expect(() => new Unmarshal(Buffer.from([255, 0, 0, 0, 65])).string()).toThrow(RangeError);
  });
});

describe("a call", () => {
  it("is what other programs send", () => {
    const call = { destination: "a.b", path: "/c", interface: "d.e", member: "F", signature: "s" };
    const bytes = encodeCall({ ...call, write: (body) => body.string("hi") }, 2);
    expect(bytes.toString("latin1")).toBe(
      "l\x01\x02\x01\x07\0\0\0\x02\0\0\0G\0\0\0" +
        "\x01\x01o\0\x02\0\0\0/c\0\0\0\0\0\0" +
        "\x02\x01s\0\x03\0\0\0d.e\0\0\0\0\0" +
        "\x03\x01s\0\x01\0\0\0F\0\0\0\0\0\0\0" +
        "\x06\x01s\0\x03\0\0\0a.b\0\0\0\0\0" +
        "\x08\x01g\0\x01s\0\0" +
        "\x02\0\0\0hi\0",
    );
  });
});

describe("an answer", () => {
  const error = answer(
    3,
    [
      [4, "s", "org.example.No"],
      [5, "u", 7],
      [6, "s", ":1.5"],
      [8, "g", "s"],
    ],
    new Marshal().string("because").toBuffer(),
  );

  it("tells what it answers", () => {
    expect(decodeMessage(Buffer.concat([error, Buffer.from("next")]))).toMatchObject({
      length: error.length,
      message: { type: "error", replySerial: 7, errorName: "org.example.No", signature: "s" },
    });
  });

  it("is waited for until it is whole", () => {
    for (let length = 0; length < error.length; length += 1)
      expect(decodeMessage(error.subarray(0, length))).toBeNull();
  });

  it.each<[string, (bytes: Buffer) => unknown]>([
    ["of the other byte order", (bytes) => bytes.write("B")],
    ["of another protocol", (bytes) => bytes.writeUInt8(2, 3)],
    ["of 256 MiB", (bytes) => bytes.writeUInt32LE(2 ** 28, 4)],
    ["with a header of 4 GiB", (bytes) => bytes.writeUInt32LE(2 ** 32 - 1, 12)],
    ["with a field of a type that none has", (bytes) => bytes.write("v", 18)],
  ])("%s is none", (_, change) => {
    const bytes = Buffer.from(error);
    change(bytes);
    expect(() => decodeMessage(bytes)).toThrow(RangeError);
  });

  it("is whatever bytes come: reading it ends, with a message, null or a RangeError", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(error.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const bytes = Buffer.from(error);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          decodeMessage(bytes);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

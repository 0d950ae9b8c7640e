import { Marshal, Unmarshal } from "./marshal.ts";

/** The D-Bus limit is 128 MiB; what is answered to us is a name or a sentence. */
const MESSAGE_MAX_BYTES = 2 ** 17;
const FIXED_BYTES = 16;
const METHOD_CALL = 1;
/** No service is started for us: one that does not run is none that the host uses. */
const NO_AUTO_START = 0x2;
/** https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-header-fields */
const FIELD = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  destination: 6,
  signature: 8,
};

export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Of the arguments; empty without any. */
  readonly signature: string;
  readonly write: (body: Marshal) => unknown;
}

export interface Message {
  readonly type: "return" | "error" | "other";
  /** Of the call that it answers; 0: of none. */
  readonly replySerial: number;
  /** `org.freedesktop.DBus.Error.…` */
  readonly errorName: string;
  readonly signature: string;
  readonly body: Buffer;
}

export function encodeCall(call: Call, serial: number): Buffer {
  const body = new Marshal();
  call.write(body);
  const bytes = body.toBuffer();
  const fields: [number, string, string][] = [
    [FIELD.path, "o", call.path],
    [FIELD.interface, "s", call.interface],
    [FIELD.member, "s", call.member],
    [FIELD.destination, "s", call.destination],
    ...(call.signature === "" ? [] : [[FIELD.signature, "g", call.signature] as [number, string, string]]),
  ];
  const message = new Marshal();
  message
    .raw(Buffer.from("l"))
    .byte(METHOD_CALL)
    .byte(NO_AUTO_START)
    .byte(1)
    .int32(bytes.length)
    .int32(serial);
  message.array(8, fields, ([code, type, value]) => {
    message.byte(code).signature(type);
    return type === "g" ? message.signature(value) : message.string(value);
  });
  return message.align(8).raw(bytes).toBuffer();
}

/** The first message of what has come so far, and its length; null: it is not whole yet. Throws for what is none. */
export function decodeMessage(bytes: Buffer): { message: Message; length: number } | null {
  if (bytes.length < FIXED_BYTES) return null;
  const fieldsLength = bytes.readUInt32LE(12);
  const bodyLength = bytes.readUInt32LE(4);
  if (bytes[0] !== 0x6c || bytes[3] !== 1 || fieldsLength + bodyLength > MESSAGE_MAX_BYTES)
    throw new RangeError("the bus sent what is no message");
  const bodyAt = Math.ceil((FIXED_BYTES + fieldsLength) / 8) * 8;
  const length = bodyAt + bodyLength;
  if (bytes.length < length) return null;
  const found = fieldsOf(bytes.subarray(0, FIXED_BYTES + fieldsLength));
  const text = (code: number) => String(found.get(code) ?? "");
  const message: Message = {
    type: bytes[1] === 2 ? "return" : bytes[1] === 3 ? "error" : "other",
    replySerial: Number(found.get(FIELD.replySerial) ?? 0),
    errorName: text(FIELD.errorName),
    signature: text(FIELD.signature),
    body: bytes.subarray(bodyAt, length),
  };
  return { message, length };
}

function fieldsOf(header: Buffer): Map<number, string | number> {
  const found = new Map<number, string | number>();
  const reader = new Unmarshal(header, FIXED_BYTES);
  while (reader.at < header.length) {
    const code = reader.align(8).byte();
    const type = reader.signature();
    if (type === "u") found.set(code, reader.uint32());
    else if (type === "s" || type === "o") found.set(code, reader.string());
    else if (type === "g") found.set(code, reader.signature());
    else throw new RangeError("the bus sent a header field of a type that none has");
  }
  return found;
}

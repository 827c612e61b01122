/**
 * Writes Protocol Buffers messages: varints, 32-bit floats, bytes and messages inside messages. Reads nothing and knows no
 * message. Convention: encoding specification of protobuf, proto3; fields in the order in which they are added.
 */

const wireVarint = 0;
const wireBytes = 2;
const wireFixed32 = 5;

export class Message {
  readonly #parts: Uint8Array[] = [];

  /** int32, int64, enum, bool; negative ones take ten bytes. */
  integer(field: number, value: number): this {
    return this.#add(varint(BigInt(field * 8 + wireVarint)), varint(BigInt.asUintN(64, BigInt(value))));
  }

  /** float */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#add(varint(BigInt(field * 8 + wireFixed32)), bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#add(varint(BigInt(field * 8 + wireBytes)), varint(BigInt(value.length)), value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.encode());
  }

  /** repeated int64, packed as proto3 has it. */
  integers(field: number, values: readonly number[]): this {
    return this.bytes(field, Buffer.concat(values.map((value) => varint(BigInt.asUintN(64, BigInt(value))))));
  }

  encode(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #add(...parts: readonly Uint8Array[]): this {
    this.#parts.push(...parts);
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

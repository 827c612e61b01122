/**
 * Reads Protocol Buffers without knowing the messages: fields by number, as numbers or bytes. For tests of what is written.
 */
export type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

export function decodeMessage(bytes: Uint8Array): Fields {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('cut short');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('cut short');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const field = key >> 3;
    const wire = key & 7;
    const value = wire === 0 ? varint() : take(wire === 2 ? Number(varint()) : wire === 5 ? 4 : 8);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

export function messagesOf(fields: Fields, field: number): Fields[] {
  return (fields.get(field) ?? []).map((value) => decodeMessage(value as Uint8Array));
}

export function textsOf(fields: Fields, field: number): string[] {
  return (fields.get(field) ?? []).map((value) => Buffer.from(value as Uint8Array).toString('utf8'));
}

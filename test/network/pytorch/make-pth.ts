/**
 * Files of torch.save made by hand: zip archives and the old format, with tensors of any type and strides. Not a test.
 * Convention: storages are numbered as they are made; `zip` and `legacy` finish the file.
 */
import { crc32, deflateRawSync } from 'node:zlib';
import { parameterShapes } from '../../../engine/network/parameter-shapes.ts';
import type { NetworkConfig } from '../../../engine/network/network-config.ts';
import { bool, call, dict, global, instruction, int, list, orderedDict, pickle, text, tuple } from './pickle-pieces.ts';
import type { Piece } from './pickle-pieces.ts';

export type StorageType = 'Half' | 'BFloat16' | 'Float' | 'Double' | 'Long';

const widths: Readonly<Record<StorageType, number>> = { Half: 2, BFloat16: 2, Float: 4, Double: 8, Long: 8 };

function encode(values: readonly number[] | Float32Array, type: StorageType): Buffer {
  const width = widths[type];
  const bytes = Buffer.alloc(values.length * width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  values.forEach((value: number, i: number) => {
    const at = i * width;
    if (type === 'Half') view.setFloat16(at, value, true);
    else if (type === 'Float') view.setFloat32(at, value, true);
    else if (type === 'Double') view.setFloat64(at, value, true);
    else if (type === 'Long') view.setBigInt64(at, BigInt(value), true);
    else {
      const wide = Buffer.alloc(4);
      wide.writeFloatLE(value);
      wide.copy(bytes, at, 2, 4);
    }
  });
  return bytes;
}

export interface TensorOptions {
  readonly type?: StorageType;
  readonly offset?: number;
  readonly strides?: readonly number[];
  /** Of a storage that is there already. */
  readonly key?: string;
  /** What the pickle says of the storage's size, where it is not the truth. */
  readonly count?: number;
}

export class PthMaker {
  readonly storages = new Map<string, { readonly bytes: Buffer; readonly count: number }>();

  storage(values: readonly number[] | Float32Array, type: StorageType = 'Float'): string {
    const key = String(this.storages.size);
    this.storages.set(key, { bytes: encode(values, type), count: values.length });
    return key;
  }

  tensor(values: readonly number[] | Float32Array, shape: readonly number[], options: TensorOptions = {}): Piece {
    const { type = 'Float', offset = 0, key = this.storage(values, type) } = options;
    const count = options.count ?? this.storages.get(key)?.count ?? values.length;
    const strides =
      options.strides ?? shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
    const id = tuple(text('storage'), global('torch', `${type}Storage`), text(key), text('cpu'), int(count));
    const sizes = (numbers: readonly number[]): Piece => tuple(...numbers.map(int));
    const storage = Buffer.concat([id, Buffer.from('Q')]);
    const hooks = call(global('collections', 'OrderedDict'));
    const rebuild = global('torch._utils', '_rebuild_tensor_v2');
    return call(rebuild, storage, int(offset), sizes(shape), sizes(strides), bool(false), hooks);
  }

  zip(root: Piece, options: Partial<ZipOptions> = {}, more: readonly ZipPart[] = []): Buffer {
    const parts = [...this.storages].map(([key, { bytes }]) => ({ name: `net/data/${key}`, bytes }));
    return makeZip([{ name: 'net/data.pkl', bytes: pickle(root) }, ...parts, ...more], options);
  }

  legacy(root: Piece): Buffer {
    const magic = Buffer.concat([instruction(0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)]);
    const sizes = dict([['short', int(2)]]);
    const machine = dict([
      ['protocol_version', int(1001)],
      ['little_endian', bool(true)],
      ['type_sizes', sizes],
    ]);
    // The old format has a sixth part of a storage's id.
    const withViews = Buffer.from(root.toString('latin1').replaceAll('tQ', 'NtQ'), 'latin1');
    const keys = list(...[...this.storages.keys()].map(text));
    const data = [...this.storages.values()].flatMap(({ bytes, count }) => {
      const head = Buffer.alloc(8);
      head.writeBigInt64LE(BigInt(count));
      return [head, bytes];
    });
    return Buffer.concat([...[magic, int(1001), machine, withViews, keys].map(pickle), ...data]);
  }
}

export interface StateOptions {
  readonly type?: StorageType;
  readonly prefix?: string;
  /** Gives a tensor another form, or leaves it out. */
  readonly change?: (name: string, tensor: Piece, values: Float32Array, shape: readonly number[]) => Piece | undefined;
  readonly more?: readonly (readonly [string, Piece])[];
}

/** A state dict with these parameters, one storage each. */
export function stateDict(
  maker: PthMaker,
  config: NetworkConfig,
  parameters: Float32Array,
  { type = 'Float', prefix = '', change, more = [] }: StateOptions = {},
): Piece {
  const entries: (readonly [string, Piece])[] = [];
  let at = 0;
  for (const [name, shape] of parameterShapes(config)) {
    const values = parameters.subarray(at, at + shape.reduce((product, extent) => product * extent, 1));
    at += values.length;
    const tensor = maker.tensor(values, shape, { type });
    const changed = change === undefined ? tensor : change(name, tensor, values, shape);
    if (changed !== undefined) entries.push([prefix + name, changed]);
  }
  return orderedDict([...entries, ...more]);
}

export interface SavedTraining {
  readonly moment1: Float32Array;
  readonly moment2: Float32Array;
  readonly step: number;
  readonly group: Iterable<readonly [string, Piece]>;
  /** Names of the moments in the state. */
  readonly names?: readonly [string, string?];
}

/** The state of an optimiser over all parameters of a network. */
export function optimiserState(maker: PthMaker, config: NetworkConfig, training: SavedTraining): Piece {
  const { moment1, moment2, step, group, names: [first, second] = ['exp_avg', 'exp_avg_sq'] } = training;
  const shapes = parameterShapes(config);
  let at = 0;
  const state = shapes.map(([, shape], number) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const of = (block: Float32Array): Piece => maker.tensor(block.subarray(at, at + size), shape);
    const entries: [string, Piece][] = [[first, of(moment1)]];
    if (second !== undefined) entries.push(['step', maker.tensor([step], [])], [second, of(moment2)]);
    at += size;
    return [int(number), dict(entries)] as const;
  });
  const numbers = list(...shapes.map((_, number) => int(number)));
  return dict([
    ['state', dict(state)],
    ['param_groups', list(dict([...group, ['params', numbers]]))],
  ]);
}

export interface ZipPart {
  readonly name: string;
  readonly bytes: Buffer;
  /** What the headers say, where it is not the truth. */
  readonly claim?: {
    readonly size?: number;
    readonly packedSize?: number;
    readonly place?: number;
    readonly crc?: number;
  };
}

interface ZipOptions {
  readonly deflate: boolean;
  readonly zip64: boolean;
}

export function makeZip(
  parts: readonly ZipPart[],
  { deflate = false, zip64 = false }: Partial<ZipOptions> = {},
): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes, claim = {} } of parts) {
    const packed = deflate ? deflateRawSync(bytes) : bytes;
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(deflate ? 8 : 0, 4);
    facts.writeUInt32LE(claim.crc ?? crc32(bytes), 10);
    facts.writeUInt32LE(claim.packedSize ?? packed.length, 14);
    facts.writeUInt32LE(claim.size ?? bytes.length, 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, Buffer.from(name)]);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    facts.copy(entry, 6);
    entry.writeUInt32LE(claim.place ?? at, 42);
    const extra = Buffer.alloc(zip64 ? 28 : 0);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      [bytes.length, packed.length, at].forEach((value, i) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i));
      [20, 24, 42].forEach((place) => entry.writeUInt32LE(0xffffffff, place));
      entry.writeUInt16LE(extra.length, 30);
    }
    pieces.push(local, packed);
    directory.push(entry, Buffer.from(name), extra);
    at += local.length + packed.length;
  }
  const list = Buffer.concat(directory);
  return Buffer.concat([...pieces, list, ...endOf(at, list.length, parts.length, zip64)]);
}

function endOf(place: number, length: number, count: number, zip64: boolean): Buffer[] {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(zip64 ? 0xffff : count, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : place, 16);
  if (!zip64) return [end];
  const wide = Buffer.alloc(56);
  wide.write('PK\x06\x06', 'latin1');
  [44, 0, 0, count, count, length, place].forEach((value, i) => {
    if (i !== 1 && i !== 2) wide.writeBigUInt64LE(BigInt(value), i === 0 ? 4 : 8 * i);
  });
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(place + length), 8);
  return [wide, locator, end];
}

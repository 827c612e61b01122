/**
 * The pickle, of protocol 2, of a state dict: an ordered dictionary from names to float32 tensors, storage n for tensor n.
 * Not a pickler of anything else. Convention: only what `torch.load(weights_only=True)` takes; nothing is
 * kept in pickle's memo, which costs 20 kB of 230.
 * Source: the comments of CPython's Lib/pickletools.py; torch/_utils.py, `_rebuild_tensor_v2`.
 */
import type { StoredTensor } from '../safetensors.ts';

export function encodeStateDict(tensors: ReadonlyMap<string, StoredTensor>): Buffer {
  const out = new PickleWriter();
  const emptyDictionary = (): void => {
    out.global('collections', 'OrderedDict');
    out.raw(0x29, 0x52); // called with nothing
  };
  out.raw(0x80, 2);
  emptyDictionary();
  out.mark();
  [...tensors].forEach(([name, { shape, data }], number) => {
    out.text(name);
    out.global('torch._utils', '_rebuild_tensor_v2');
    out.mark();
    out.mark();
    out.text('storage');
    out.global('torch', 'FloatStorage');
    out.text(String(number));
    out.text('cpu');
    out.integer(data.length);
    out.raw(0x74, 0x51); // the tuple is the storage's persistent id
    out.integer(0);
    out.tuple(shape);
    out.tuple(contiguousStrides(shape));
    out.raw(0x89); // needs no gradient
    emptyDictionary(); // no hooks
    out.raw(0x74, 0x52); // called
  });
  out.raw(0x75, 0x2e); // set all items, done
  return out.bytes();
}

function contiguousStrides(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
}

class PickleWriter {
  readonly #pieces: Buffer[] = [];

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  raw(...bytes: readonly number[]): void {
    this.#pieces.push(Buffer.from(bytes));
  }

  mark(): void {
    this.raw(0x28);
  }

  global(module: string, name: string): void {
    this.#pieces.push(Buffer.from(`c${module}\n${name}\n`));
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    const head = Buffer.alloc(5);
    head[0] = 0x58;
    head.writeUInt32LE(bytes.length, 1);
    this.#pieces.push(head, bytes);
  }

  integer(value: number): void {
    const bytes = Buffer.alloc(5);
    bytes[0] = 0x4a;
    bytes.writeInt32LE(value, 1);
    this.#pieces.push(bytes);
  }

  tuple(values: readonly number[]): void {
    this.mark();
    for (const value of values) this.integer(value);
    this.raw(0x74);
  }
}

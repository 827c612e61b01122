/**
 * Pickles made by hand, value by value, as PyTorch has them and as nobody should. Not a test, and not the engine's own
 * writer: what it writes is read by a reader that must not be its twin. Convention: each piece pushes one value.
 */

export type Piece = Buffer;

export const instruction = (...bytes: readonly number[]): Piece => Buffer.from(bytes);
const proto = instruction(0x80, 2);
const stop = instruction(0x2e);
export const none = instruction(0x4e);
export const bool = (value: boolean): Piece => instruction(value ? 0x88 : 0x89);
export const global = (module: string, name: string): Piece => Buffer.from(`c${module}\n${name}\n`);

export function int(value: number): Piece {
  const bytes = Buffer.alloc(5, 'J');
  bytes.writeInt32LE(value, 1);
  return bytes;
}

export function float(value: number): Piece {
  const bytes = Buffer.alloc(9, 'G');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

export function text(value: string): Piece {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5, 'X');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

export const tuple = (...items: readonly Piece[]): Piece =>
  Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]);
export const list = (...items: readonly Piece[]): Piece =>
  Buffer.concat([Buffer.from(']('), ...items, Buffer.from('e')]);
export const call = (callee: Piece, ...args: readonly Piece[]): Piece =>
  Buffer.concat([callee, tuple(...args), Buffer.from('R')]);

/** From pairs of name and value, or of any key and value. */
export function dict(entries: Iterable<readonly [string | Piece, Piece]>, begin: Piece = Buffer.from('}')): Piece {
  const items = [...entries].flatMap(([key, value]) => [typeof key === 'string' ? text(key) : key, value]);
  return Buffer.concat([begin, Buffer.from('('), ...items, Buffer.from('u')]);
}

export const orderedDict = (entries: Iterable<readonly [string, Piece]>): Piece =>
  dict(entries, call(global('collections', 'OrderedDict')));

/** A whole pickle of one value. */
export const pickle = (value: Piece): Buffer => Buffer.concat([proto, value, stop]);

/** numpy.float64, as it averages losses. */
export function numpyFloat(value: number, module = 'numpy.core.multiarray'): Piece {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  const type = Buffer.concat([
    call(global('numpy', 'dtype'), text('f8'), bool(false), bool(true)),
    tuple(int(3), text('<'), none, none, none, int(-1), int(-1), int(0)),
    Buffer.from('b'),
  ]);
  return call(
    global(module, 'scalar'),
    type,
    call(global('_codecs', 'encode'), text(bytes.toString('latin1')), text('latin1')),
  );
}

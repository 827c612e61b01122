/**
 * The header of a NumPy .npy file: what its values are and in which shape they lie. Touches no values.
 * Convention: NEP 1, versions 1 to 3; a header is a Python dict literal of three known keys and nothing is evaluated.
 */
import { MambrushError } from '../../../contract/error.ts';
import type { ErrorsOf } from '../../../contract/error.ts';

type NpyErrorCode =
  | 'npy-missing'
  | 'npy-no-access'
  | 'npy-not-readable'
  | 'npy-truncated'
  | 'npy-not-supported'
  | 'npy-too-large'
  | 'npy-shape-wrong'
  | 'npy-values-wrong';

export class NpyError extends (MambrushError as ErrorsOf<NpyErrorCode>) {}

export interface NpyHeader {
  readonly type: NpyType;
  readonly bigEndian: boolean;
  /** The first index runs fastest. */
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly dataAt: number;
}

/** The first bytes that `headerLength` needs. */
export const NPY_PREFIX_BYTES = 12;
/** A header is a line of text; NumPy itself refuses to read longer ones. */
const LONGEST_HEADER = 10_000;

const TYPES = ['b1', 'u1', 'u2', 'u4', 'u8', 'i1', 'i2', 'i4', 'i8', 'f2', 'f4', 'f8'] as const;

/** bool as 'b1', unsigned 'u', signed 'i', floating point 'f', with the bytes per value. */
export type NpyType = (typeof TYPES)[number];

export function productOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function bytesPerValue(type: NpyType): number {
  return Number(type[1]);
}

/**
 * @param prefix the first 12 bytes
 * @returns where the header's text begins and how long it is
 * @throws NpyError npy-not-readable, npy-not-supported, npy-truncated
 */
export function locateNpyHeader(prefix: Buffer, path: string): { readonly at: number; readonly length: number } {
  if (prefix.length < 10 || prefix.toString('latin1', 0, 6) !== '\x93NUMPY') {
    const message = `${path} is not a NumPy array (.npy). Save it again with numpy.save.`;
    throw new NpyError('npy-not-readable', message, { path });
  }
  const version = prefix[6]!;
  if (version < 1 || version > 3) {
    const message = `${path} has version ${version} of the .npy format; 1 to 3 are read.`;
    throw new NpyError('npy-not-supported', message, { path });
  }
  if (version > 1 && prefix.length < 12) throw truncated(path);
  const length = version === 1 ? prefix.readUInt16LE(8) : prefix.readUInt32LE(8);
  if (length > LONGEST_HEADER) {
    throw new NpyError('npy-not-readable', `${path} has a damaged header (${length} bytes long).`, { path });
  }
  return { at: version === 1 ? 10 : 12, length };
}

export function truncated(path: string): NpyError {
  return new NpyError('npy-truncated', `${path} is cut short: its end is missing. Copy or save it again.`, { path });
}

/** @throws NpyError npy-not-readable, npy-not-supported */
export function parseNpyHeader(text: string, dataAt: number, path: string): NpyHeader {
  const refuse = (what: string): NpyError => {
    const message = `${path} holds ${what}; only plain numbers are read. Save it as uint8 or float64.`;
    return new NpyError('npy-not-supported', message, { path });
  };
  if (/'descr'\s*:\s*\[/.test(text)) throw refuse('records');
  const descr = /'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d*)'/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const shape = /'shape'\s*:\s*\(([\d\sL,]*)\)/.exec(text);
  if (!descr || !order || !shape) {
    throw new NpyError('npy-not-readable', `${path} has a damaged header. Save it again with numpy.save.`, { path });
  }
  const type = TYPES.find((one) => one === descr[2]);
  if (type === undefined) throw refuse(descr[2] === 'O' ? 'Python objects' : `values of type “${descr[2]}”`);
  const sizes = shape[1]!.split(',').map((size) => size.trim().replace(/L$/, ''));
  if (sizes.at(-1) === '') sizes.pop();
  const numbers = sizes.map(Number);
  const isPossible = [...numbers, productOf(numbers) * 8].every(Number.isSafeInteger);
  if (!isPossible || numbers.length > 32) {
    throw new NpyError('npy-not-readable', `${path} has a damaged header: shape (${shape[1]!.trim()}).`, { path });
  }
  return { type, bigEndian: descr[1] === '>', fortran: order[1] === 'True', shape: numbers, dataAt };
}

/**
 * The whole beginning of a version-1 file, little-endian and in C order, padded so that the values are aligned.
 * @param least bytes that it has at least, a multiple of 64: to take the place of another
 */
export function formatNpyHeader(type: NpyType, shape: readonly number[], least = 0): Buffer {
  const order = bytesPerValue(type) === 1 ? '|' : '<';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${order}${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const total = Math.max(least, Math.ceil((10 + text.length + 1) / 64) * 64);
  const header = Buffer.alloc(total, ' ');
  header.write('\x93NUMPY\x01\x00', 0, 'latin1');
  header.writeUInt16LE(total - 10, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', total - 1, 'latin1');
  return header;
}

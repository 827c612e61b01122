/**
 * The two forms of a PyTorch file: a zip archive (since 1.6), and pickles with the storages appended (before). Told by the
 * first bytes, never by the name. Not what the pickled value means. Convention: a storage's bytes are read when asked for.
 * Source: torch/serialization.py, `_save`, `_legacy_save`.
 */
import type { ByteSource } from './byte-source.ts';
import { storageOf } from './allowed-names.ts';
import { longestPickle, unpickle } from './pickle-machine.ts';
import { elements } from './pickle-values.ts';
import type { PickleValue, StoredStorage } from './pickle-values.ts';
import { damaged, quoted, unsupported } from './pth-error.ts';
import { ZipArchive } from './zip-directory.ts';

export interface PytorchContainer {
  readonly root: PickleValue;
  /** @returns count × element bytes @throws MambrushError 'checkpoint-damaged' */
  readonly storage: (storage: StoredStorage) => Buffer;
  /** The text of a part of ours, which PyTorch ignores; absent in files of others. */
  readonly ownPart: string | undefined;
}

type Form = 'zip' | 'legacy' | 'tar' | 'pickle';

const zipStart = [0x50, 0x4b, 0x03, 0x04];
/** Protocol 2 and the number 0x1950a86a20f9469cfc6c. */
const legacyStart = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/** '{', of a safetensors file's header. */
const headerStart = 0x7b;
const tarMark = { offset: 257, text: 'ustar' };

/** @param start at least 262 bytes, where the file has so many; undefined for what is no file of PyTorch */
export function pytorchForm(start: Uint8Array): Form | undefined {
  const begins = (bytes: readonly number[]): boolean => bytes.every((byte, i) => start[i] === byte);
  if (begins(zipStart)) return 'zip';
  if (begins(legacyStart)) return 'legacy';
  const mark = start.subarray(tarMark.offset, tarMark.offset + tarMark.text.length);
  if (Buffer.from(mark).toString('latin1') === tarMark.text) return 'tar';
  // Protocols 2 to 5. A safetensors file may begin so too, but then its header follows.
  return start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5 && start[8] !== headerStart ? 'pickle' : undefined;
}

export const startLength = tarMark.offset + tarMark.text.length;

/** @throws MambrushError 'checkpoint-damaged', 'checkpoint-refused', 'checkpoint-unsupported' */
export function openContainer(source: ByteSource): PytorchContainer {
  const form = pytorchForm(source.read(0, Math.min(source.size, startLength)));
  switch (form) {
    case 'zip':
      return openZip(source);
    case 'legacy':
      return openLegacy(source);
    case 'tar':
      return unsupported(
        'it is a tar archive, the format of PyTorch before 0.1.10',
        'Load it with an old PyTorch and save it again.',
      );
    case 'pickle':
      return unsupported('it is a pickle, but not of torch.save', "Save the model's state dict with torch.save.");
    case undefined:
      return damaged('it begins as no such file does');
  }
}

const pickleName = 'data.pkl';
/** In the archive's folder; PyTorch reads only the parts that it knows. */
export const ownPartName = 'mambrush.json';

function openZip(source: ByteSource): PytorchContainer {
  const archive = new ZipArchive(source);
  const names = [...archive.entries.keys()].filter((name) => /^[^/\\]+\/data\.pkl$/.test(name));
  const [name] = names;
  if (name === undefined || names.length > 1) {
    return unsupported(
      'it is a zip archive, but not of torch.save',
      'If the checkpoint is inside it, unpack the archive first.',
    );
  }
  const folder = name.slice(0, -pickleName.length);
  if (archive.entries.has(`${folder}constants.pkl`)) {
    return unsupported('it is a TorchScript program (torch.jit.save)', "Save the model's state dict with torch.save.");
  }
  const read = (part: string, most: number): Buffer => {
    const entry = archive.entries.get(folder + part);
    if (entry === undefined) return damaged(`its part ${quoted(folder + part)} is missing`);
    if (entry.size > most) damaged(`its part ${quoted(folder + part)} is larger than it should be`);
    return archive.read(entry);
  };
  if (archive.entries.has(`${folder}byteorder`) && read('byteorder', 16).toString('latin1') !== 'little') {
    unsupported('it was written on a big-endian machine', 'Save it again on another one.');
  }
  const pickle = read(pickleName, longestPickle);
  return {
    root: unpickle(pickle, 0, storageOf).value,
    storage: (storage) => {
      const bytes = storage.count * elements[storage.type].bytes;
      const part = read(`data/${storage.key}`, bytes);
      return part.length === bytes ? part : damaged(`storage ${quoted(storage.key)} is smaller than it should be`);
    },
    ownPart: archive.entries.has(folder + ownPartName) ? read(ownPartName, 1_000_000).toString('utf8') : undefined,
  };
}

function openLegacy(source: ByteSource): PytorchContainer {
  const pickles = source.read(0, Math.min(source.size, longestPickle));
  const storages = new Map<string, StoredStorage>();
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(pickles, at, (id) => {
      const storage = storageOf(id);
      const known = storages.get(storage.key) ?? storage;
      if (known.type !== storage.type || known.count !== storage.count) damaged('a storage is of two kinds');
      storages.set(storage.key, known);
      return known;
    });
    at = end;
    return value;
  };
  next(); // the number that tells the format
  if (next() !== 1001) unsupported('it is of an unknown version of the old format', 'Save it again with PyTorch.');
  const machine = next();
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) {
    unsupported('it was written on a big-endian machine', 'Save it again on another one.');
  }
  const root = next();
  const offsets = legacyOffsets(source, next(), storages, at);
  return {
    root,
    ownPart: undefined,
    storage: ({ key, type, count }) => {
      const offset = offsets.get(key);
      if (offset === undefined) return damaged(`storage ${quoted(key)} is missing`);
      return source.read(offset, count * elements[type].bytes);
    },
  };
}

/** Where the elements of each storage begin: they stand one after the other, each behind its count. */
function legacyOffsets(
  source: ByteSource,
  keys: PickleValue,
  storages: ReadonlyMap<string, StoredStorage>,
  begin: number,
): ReadonlyMap<string, number> {
  if (!Array.isArray(keys)) return damaged('it has no list of storages');
  const offsets = new Map<string, number>();
  let at = begin;
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || offsets.has(storage.key)) return damaged('its list of storages has a wrong name');
    const count = source.read(at, 8).readBigInt64LE(0);
    if (count !== BigInt(storage.count)) damaged(`storage ${quoted(storage.key)} is of another size than it should be`);
    offsets.set(storage.key, at + 8);
    at += 8 + storage.count * elements[storage.type].bytes;
  }
  if (at > source.size) damaged('it is cut off inside its storages');
  return offsets;
}

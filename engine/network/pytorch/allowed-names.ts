/**
 * The names that a pickle of parameters needs, and what calling them means here: building inert values. Nothing of Python
 * is imitated beyond that. Convention: a name that is not in `calls`, `storages` or `inert` is refused by name.
 */
import { damaged, quoted, refused } from './pth-error.ts';
import { AllowedName, InertValue, NumpyType, StoredStorage, StridedTensor } from './pickle-values.ts';
import type { ElementType, PickleValue } from './pickle-values.ts';

type Call = (args: readonly PickleValue[]) => PickleValue;

const storages: Readonly<Record<string, ElementType>> = {
  'torch.HalfStorage': 'f16',
  'torch.BFloat16Storage': 'bf16',
  'torch.FloatStorage': 'f32',
  'torch.DoubleStorage': 'f64',
  'torch.CharStorage': 'i8',
  'torch.ByteStorage': 'u8',
  'torch.ShortStorage': 'i16',
  'torch.IntStorage': 'i32',
  'torch.LongStorage': 'i64',
  'torch.BoolStorage': 'bool',
};

/** Number types of PyTorch, which optimisers may mention. */
const inert = new Set(
  ['float16', 'bfloat16', 'float32', 'float64', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'].map(
    (name) => `torch.${name}`,
  ),
);

const calls: Readonly<Record<string, Call>> = {
  'collections.OrderedDict': dictionary,
  'collections.Counter': dictionary,
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': rebuildParameter,
  'torch._utils._rebuild_parameter_with_state': rebuildParameter,
  'torch.Size': ([extents = []]) => extents,
  'torch.device': () => new InertValue('torch.device'),
  'numpy.dtype': ([code]) => new NumpyType(textOf(code, 'a number type')),
  'numpy.core.multiarray.scalar': numpyScalar,
  'numpy._core.multiarray.scalar': numpyScalar,
  '_codecs.encode': encodeLatin1,
};

/** @throws MambrushError 'checkpoint-refused' naming it */
export function allowedName(module: string, name: string): AllowedName {
  const whole = `${module}.${name}`;
  if (Object.hasOwn(calls, whole) || Object.hasOwn(storages, whole) || inert.has(whole)) return new AllowedName(whole);
  return refused(quoted(whole));
}

/** Calls what may be called. @throws MambrushError 'checkpoint-refused', 'checkpoint-damaged' */
export function callAllowed(callee: PickleValue | undefined, args: PickleValue | undefined): PickleValue {
  if (!(callee instanceof AllowedName) || !Object.hasOwn(calls, callee.name)) {
    return refused(`a call of ${callee instanceof AllowedName ? quoted(callee.name) : 'what is no function'}`);
  }
  if (!Array.isArray(args)) return damaged(`it calls ${quoted(callee.name)} with no list of arguments`);
  return calls[callee.name]!(args);
}

/**
 * Gives an object its attributes: those of a dictionary are versions of modules and hooks, of no use here.
 * @throws MambrushError 'checkpoint-refused'
 */
export function setAttributes(target: PickleValue | undefined, state: PickleValue | undefined): void {
  if (target instanceof Map) return;
  if (target instanceof NumpyType) {
    target.bigEndian = Array.isArray(state) && state[1] === '>';
    return;
  }
  refused('attributes of what can have none');
}

/** The persistent id of a storage: ('storage', type, key, device, count), in the old format with what it is a view of. */
export function storageOf(id: PickleValue | undefined): StoredStorage {
  const [kind, type, key, , count, view = null] = Array.isArray(id) ? id : [];
  if (kind === 'module') return refused("a module's source ('module')");
  if (kind !== 'storage') return damaged('it refers to something that is no storage');
  const element = type instanceof AllowedName ? storages[type.name] : undefined;
  if (element === undefined || typeof key !== 'string') return damaged('a storage has no number type or no name');
  if (view !== null) return refused('a storage inside another one');
  return new StoredStorage(key, element, countOf(count, 'the size of a storage'));
}

/** Empty, or the very dictionary that is given: a copy could be asked for many times. */
function dictionary([items = new Map()]: readonly PickleValue[]): PickleValue {
  return items instanceof Map ? items : damaged('a dictionary is made of what is none');
}

function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): StridedTensor {
  if (!(storage instanceof StoredStorage)) return damaged('a tensor has no storage');
  const tensor = new StridedTensor(
    storage,
    countOf(offset, "a tensor's place"),
    countsOf(shape, "a tensor's shape"),
    countsOf(strides, "a tensor's strides"),
  );
  if (tensor.shape.length !== tensor.strides.length) damaged('a tensor has more dimensions than strides, or fewer');
  const last = tensor.shape.reduce(
    (position, extent, i) => position + (extent - 1) * tensor.strides[i]!,
    tensor.offset,
  );
  const inside = tensor.shape.includes(0) || (Number.isSafeInteger(last) && last < storage.count);
  if (!inside) damaged('a tensor reaches beyond its storage');
  if (tensor.size > storage.count) damaged('a tensor has more elements than its storage');
  return tensor;
}

function rebuildParameter([tensor]: readonly PickleValue[]): StridedTensor {
  return tensor instanceof StridedTensor ? tensor : damaged('a parameter is no tensor');
}

function numpyScalar([type, bytes]: readonly PickleValue[]): PickleValue {
  if (!(type instanceof NumpyType) || !(bytes instanceof Uint8Array)) return damaged('a number of NumPy has no value');
  const readers: Readonly<Record<string, [bytes: number, read: (view: DataView, little: boolean) => number | bigint]>> =
    {
      f2: [2, (view, little) => view.getFloat16(0, little)],
      f4: [4, (view, little) => view.getFloat32(0, little)],
      f8: [8, (view, little) => view.getFloat64(0, little)],
      i4: [4, (view, little) => view.getInt32(0, little)],
      i8: [8, (view, little) => view.getBigInt64(0, little)],
      b1: [1, (view) => view.getUint8(0)],
    };
  const reader = Object.hasOwn(readers, type.code) ? readers[type.code] : undefined;
  if (reader === undefined) return refused(`the number type ${quoted(type.code)} of NumPy`);
  if (bytes.length !== reader[0]) return damaged('a number of NumPy has another length than its type');
  const value = reader[1](new DataView(bytes.buffer, bytes.byteOffset, bytes.length), !type.bigEndian);
  return typeof value === 'bigint' ? smallInteger(value) : value;
}

/** How the second protocol writes bytes: as text whose characters are the bytes. */
function encodeLatin1([text, encoding]: readonly PickleValue[]): Uint8Array {
  if (encoding !== 'latin1') return refused(`the encoding ${typeof encoding === 'string' ? quoted(encoding) : ''}`);
  const bytes = textOf(text, 'bytes');
  // Numbers are short; longer texts could be asked for many times.
  if (bytes.length > 64) return refused('encoding long texts');
  return Buffer.from(bytes, 'latin1');
}

export function smallInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function textOf(value: PickleValue | undefined, what: string): string {
  return typeof value === 'string' ? value : damaged(`${what} is given by what is no text`);
}

function countOf(value: PickleValue | undefined, what: string): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : damaged(`${what} is no number from 0 on`);
}

function countsOf(values: PickleValue | undefined, what: string): readonly number[] {
  if (!Array.isArray(values) || values.length > 8) return damaged(`${what} is no short list`);
  return values.map((value) => countOf(value, what));
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import type { Checkpoint } from '../../../engine/network/checkpoint.ts';
import { initialParameters } from '../../../engine/network/initialise.ts';
import type { NetworkConfig } from '../../../engine/network/network-config.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { variants } from '../variants.ts';
import { makeZip, PthMaker, stateDict } from './make-pth.ts';
import type { StateOptions, StorageType } from './make-pth.ts';
import { bool, call, dict, float, global, int, list, none, numpyFloat, orderedDict, pickle } from './pickle-pieces.ts';
import type { Piece } from './pickle-pieces.ts';

const config: NetworkConfig = { ...variants['all widths the least there is']!, classes: 1 };
const parameters = initialParameters(config, 'mamba', 5);

function read(bytes: Buffer, name = 'model.pth'): Checkpoint {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return readCheckpoint(path);
}

function zipOf(wrap: (state: Piece, maker: PthMaker) => Piece = (state) => state, options: StateOptions = {}): Buffer {
  const maker = new PthMaker();
  return maker.zip(wrap(stateDict(maker, config, parameters, options), maker));
}

const refusal = (code: string, ...words: string[]): Error =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(
      new RegExp(words.map((word) => word.replace(/[.()[\]]/g, '\\$&')).join('.*'), 's'),
    ) as string,
  }) as Error;

describe('a checkpoint that PyTorch saved', () => {
  it.each(Object.entries(variants))('is taken with its network read off its shapes: %s', (_, variant) => {
    const maker = new PthMaker();
    const values = initialParameters(variant, 'mamba', 2);
    const found = read(maker.zip(stateDict(maker, variant, values)));
    // The reference's several classes are sigmoids; shapes cannot say so.
    expect(found.config).toEqual({ ...variant, head: variant.classes > 1 ? 'sigmoid' : 'softmax' });
    expect(found.parameters).toEqual(values);
  });

  it('is told by its content, whatever its name', () => {
    for (const name of ['model.safetensors', 'model', '模型 1.bin']) {
      expect(read(zipOf(), name).parameters).toEqual(parameters);
    }
  });

  it.each<[string, (maker: PthMaker, root: Piece) => Buffer]>([
    ['packed', (maker, root) => maker.zip(root, { deflate: true })],
    ['with the sizes of large files', (maker, root) => maker.zip(root, { zip64: true })],
    ['of before zip', (maker, root) => maker.legacy(root)],
    [
      'with parts that it does not know',
      (maker, root) => maker.zip(root, {}, [{ name: 'net/.data/x', bytes: Buffer.from('x') }]),
    ],
    [
      'that says its byte order',
      (maker, root) => maker.zip(root, {}, [{ name: 'net/byteorder', bytes: Buffer.from('little') }]),
    ],
  ])('is read %s', (_, make) => {
    const maker = new PthMaker();
    expect(read(make(maker, stateDict(maker, config, parameters))).parameters).toEqual(parameters);
  });

  it('is read where checksums were left out', () => {
    const maker = new PthMaker();
    const root = pickle(stateDict(maker, config, parameters));
    const claim = { crc: 0 };
    const parts = [...maker.storages].map(([key, { bytes }]) => ({ name: `a/data/${key}`, bytes, claim }));
    expect(read(makeZip([{ name: 'a/data.pkl', bytes: root, claim }, ...parts])).parameters).toEqual(parameters);
  });

  it.each<[StorageType, number]>([
    ['Half', 2 ** -11],
    ['BFloat16', 2 ** -7],
    ['Float', 0],
    ['Double', 0],
  ])('holds numbers of the type %s', (type, share) => {
    for (const form of ['zip', 'legacy'] as const) {
      const maker = new PthMaker();
      const found = read(maker[form](stateDict(maker, config, parameters, { type }))).parameters;
      const worst = Math.max(
        ...found.map((value, i) => Math.abs(value - parameters[i]!) / (Math.abs(parameters[i]!) + 1e-4)),
      );
      expect(worst).toBeLessThanOrEqual(share);
    }
  });

  it('may hold tensors that are transposed, or are parts of one storage', () => {
    const maker = new PthMaker();
    const root = stateDict(maker, config, parameters, {
      change: (_name, tensor, values, shape) => {
        if (shape.length !== 2) return tensor;
        const [rows = 0, columns = 0] = shape;
        const turned = Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
        return maker.tensor(turned, shape, { strides: [1, rows] });
      },
    });
    expect(read(maker.zip(root)).parameters).toEqual(parameters);

    const flat = new PthMaker();
    const key = flat.storage(Float32Array.from([7, ...parameters, 7]));
    let offset = 1;
    const views = stateDict(flat, config, parameters, {
      change: (_name, _tensor, values, shape) => {
        const view = flat.tensor(values, shape, { key, offset });
        offset += values.length;
        return view;
      },
    });
    expect(read(flat.zip(views)).parameters).toEqual(parameters);
  });

  it.each<[string, Buffer]>([
    ["in 'model'", zipOf((state) => dict([['model', state]]))],
    [
      "in 'state_dict' beside other networks",
      zipOf((state) =>
        dict([
          ['ema', state],
          ['state_dict', state],
        ]),
      ),
    ],
    [
      'under a name of its own',
      zipOf((state) =>
        dict([
          ['epoch', int(3)],
          ['my best', state],
        ]),
      ),
    ],
    ['with the prefix of a wrapping module', zipOf(undefined, { prefix: 'module.' })],
    ['with two prefixes', zipOf((state) => dict([['state_dict', state]]), { prefix: '_orig_mod.module.' })],
    [
      'beside losses that NumPy averaged',
      zipOf((state) =>
        dict([
          ['min_loss', numpyFloat(0.5)],
          ['loss', numpyFloat(0.25, 'numpy._core.multiarray')],
          ['model_state_dict', state],
        ]),
      ),
    ],
    [
      'with versions of its modules',
      zipOf((state) => Buffer.concat([state, dict([['_metadata', orderedDict([])]]), Buffer.from('b')])),
    ],
    [
      'beside what a schedule counts',
      zipOf((state) =>
        dict([
          ['milestones', call(global('collections', 'Counter'), dict([[int(3), int(1)]]))],
          ['model', state],
        ]),
      ),
    ],
  ])('is found %s', (_, bytes) => {
    expect(read(bytes).parameters).toEqual(parameters);
  });

  it("is found among a profiler's counters, and as parameters of a module", () => {
    const maker = new PthMaker();
    const counters = ['total_ops', 'encoder1.total_params', 'module.total_ops'].map(
      (name) => [name, maker.tensor([0], [1], { type: 'Double' })] as const,
    );
    const root = stateDict(maker, config, parameters, {
      more: counters,
      change: (_, tensor) =>
        call(
          global('torch._utils', '_rebuild_parameter'),
          tensor,
          bool(true),
          call(global('collections', 'OrderedDict')),
        ),
    });
    expect(read(maker.zip(root)).parameters).toEqual(parameters);
  });
});

describe('what a checkpoint of PyTorch lacks or has too much', () => {
  const changed = (change: NonNullable<StateOptions['change']>): Buffer => zipOf(undefined, { change });

  it('is said by name: missing, too much, of another shape', () => {
    const missing = changed((name, tensor) => (/^(ebn2|dbn4)/.test(name) ? undefined : tensor));
    expect(() => read(missing)).toThrow(
      refusal('checkpoint-incomplete', "'model.pth'", "'ebn2.weight', 'ebn2.bias', 'dbn4.weight'"),
    );
    const maker = new PthMaker();
    const more = [
      ['extra.weight', maker.tensor([1], [1])],
      ['version', int(3)],
    ] as const;
    const extra = maker.zip(stateDict(maker, config, parameters, { more }));
    expect(() => read(extra)).toThrow(refusal('checkpoint-foreign', "'version', 'extra.weight'"));
    const other = new PthMaker();
    const shape = stateDict(other, config, parameters, {
      change: (name, tensor) => (name === 'ebn1.bias' ? other.tensor([1, 2, 3], [3]) : tensor),
    });
    expect(() => read(other.zip(shape))).toThrow(refusal('checkpoint-foreign', "'ebn1.bias' is 3 instead of 4"));
  });

  it('is said where it is no network of this kind', () => {
    const maker = new PthMaker();
    expect(() => read(maker.zip(orderedDict([['conv1.weight', maker.tensor([1], [1])]])))).toThrow(
      refusal('checkpoint-foreign', 'not an UltraLight VM-UNet', "'conv1.weight'"),
    );
    expect(() => read(new PthMaker().zip(list()))).toThrow(refusal('checkpoint-foreign', 'no state dict'));
    expect(() => read(new PthMaker().zip(none))).toThrow(refusal('checkpoint-foreign', 'no state dict'));
    expect(() =>
      read(
        zipOf((state) =>
          dict([
            ['teacher', state],
            ['student', state],
          ]),
        ),
      ),
    ).toThrow(refusal('checkpoint-foreign', "several networks ('teacher', 'student')"));
  });

  it.each([NaN, Infinity, -Infinity])('is said of a number that is %d', (value) => {
    const maker = new PthMaker();
    const root = stateDict(maker, config, parameters, {
      change: (name, tensor, values, shape) =>
        name === 'dbn1.bias'
          ? maker.tensor(
              values.map((old, i) => (i === 2 ? value : old)),
              shape,
            )
          : tensor,
    });
    expect(() => read(maker.zip(root))).toThrow(refusal('checkpoint-not-finite', "'dbn1.bias'"));
  });

  it('is said of numbers too large for float32, and of whole numbers', () => {
    const of = (type: StorageType, value: number): Buffer => {
      const maker = new PthMaker();
      const root = stateDict(maker, config, parameters, {
        change: (name, tensor, values, shape) =>
          name === 'final.bias'
            ? maker.tensor(
                [...values].map(() => value),
                shape,
                { type },
              )
            : tensor,
      });
      return maker.zip(root);
    };
    expect(() => read(of('Double', 1e300))).toThrow(refusal('checkpoint-not-finite', "'final.bias'"));
    expect(() => read(of('Long', 3))).toThrow(refusal('checkpoint-foreign', "'final.bias' hold whole numbers"));
  });
});

describe('a file that is of another kind', () => {
  const tar = Buffer.alloc(1024);
  tar.write('ustar', 257);
  it.each<[string, Buffer, string]>([
    ['a tar archive', tar, 'tar'],
    ['a pickle', pickle(dict([['a', float(1)]])), 'not of torch.save'],
    [
      'a zip archive',
      makeZip([{ name: 'model.txt', bytes: Buffer.from('text') }]),
      'zip archive, but not of torch.save',
    ],
    ['an absolute name in a zip archive', makeZip([{ name: '/data.pkl', bytes: pickle(none) }]), 'not of torch.save'],
    ['names that leave the folder', makeZip([{ name: '../../data.pkl', bytes: pickle(none) }]), 'not of torch.save'],
    [
      'a TorchScript program',
      new PthMaker().zip(none, {}, [{ name: 'net/constants.pkl', bytes: pickle(none) }]),
      'TorchScript',
    ],
    [
      'a big-endian file',
      new PthMaker().zip(none, {}, [{ name: 'net/byteorder', bytes: Buffer.from('big') }]),
      'big-endian',
    ],
  ])('is called so: %s', (_, bytes, words) => {
    expect(() => read(bytes)).toThrow(refusal('checkpoint-unsupported', "'model.pth'", words));
  });

  it('is damaged where it is empty or text', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('text'), Buffer.from('PK\x03\x04')]) {
      expect(() => read(bytes)).toThrow(refusal('checkpoint-damaged', "'model.pth'"));
    }
  });
});

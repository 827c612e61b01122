import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MambrushError } from '../../../engine/contract/error.ts';
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import { initialParameters } from '../../../engine/network/initialise.ts';
import type { NetworkConfig } from '../../../engine/network/network-config.ts';
import { Random } from '../../../engine/random.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { variants } from '../variants.ts';
import { makeZip, optimiserState, PthMaker, stateDict } from './make-pth.ts';
import type { ZipPart } from './make-pth.ts';
import { bool, call, dict, float, global, instruction, int, list, none, pickle, text, tuple } from './pickle-pieces.ts';
import type { Piece } from './pickle-pieces.ts';

const config = { ...variants['all widths the least there is']!, classes: 1 };
const parameters = initialParameters(config, 'mamba', 5);

/** @returns the code and message of the error; fails where the file is read or the error is of another kind */
function refusalOf(bytes: Buffer): string {
  const path = join(temporaryFolder(), 'hostile.pth');
  writeFileSync(path, bytes);
  try {
    readCheckpoint(path);
  } catch (error) {
    expect(error).toBeInstanceOf(MambrushError);
    const { code, message, path: named } = error as MambrushError;
    expect(named).toBe(path);
    return `${code} ${message}`;
  }
  throw new Error('it was read');
}

const zip = (root: Piece): Buffer => new PthMaker().zip(root);

describe('a pickle that asks for code', () => {
  it('is refused by the name it asks for, and nothing is run', () => {
    const proof = join(temporaryFolder(), 'proof');
    const commands: readonly [string, string, Piece[]][] = [
      ['posix', 'system', [text(`touch ${proof}`)]],
      ['os', 'system', [text(`touch ${proof}`)]],
      ['builtins', 'eval', [text(`open(${JSON.stringify(proof)}, "w")`)]],
      ['builtins', 'getattr', [text('x'), text('y')]],
      ['subprocess', 'Popen', [text(`touch ${proof}`)]],
      ['torch', 'load', [text(proof)]],
      ['torch.storage', '_load_from_bytes', [text('x')]],
      ['models.vmunet', 'VMUNet', []],
      // What every object of JavaScript has is no name either.
      ['constructor', 'constructor', []],
      ['', 'toString', []],
    ];
    for (const [module, name, args] of commands) {
      const root = call(global(module, name), ...args);
      const stacked = Buffer.concat([text(module), text(name), instruction(0x93), tuple(...args), Buffer.from('R')]);
      for (const piece of [root, stacked, dict([['state_dict', root]])]) {
        expect(refusalOf(zip(piece))).toMatch(/^checkpoint-refused 'hostile\.pth': /);
        expect(refusalOf(zip(piece))).toContain(`'${module}.${name}'`);
        expect(refusalOf(new PthMaker().legacy(piece))).toContain(`'${module}.${name}'`);
      }
    }
    expect(existsSync(proof)).toBe(false);
  });

  it.each<[string, Piece, string]>([
    ['a call of a storage type', call(global('torch', 'FloatStorage'), int(3)), "'torch.FloatStorage'"],
    ['a call of a value', call(int(3)), 'no function'],
    ['INST', Buffer.from('(ios\nsystem\n'), 'INST'],
    ['OBJ', Buffer.concat([Buffer.from('('), global('collections', 'OrderedDict'), Buffer.from('o')]), 'OBJ'],
    ['NEWOBJ', Buffer.concat([global('collections', 'OrderedDict'), Buffer.from(')'), instruction(0x81)]), 'NEWOBJ'],
    ['EXT1', instruction(0x82, 1), 'EXT1'],
    ['LONG4', instruction(0x8b, 0xff, 0xff, 0xff, 0x7f), 'LONG4'],
    ['BINBYTES8', instruction(0x8e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), 'BINBYTES8'],
    ['attributes of a number', Buffer.concat([int(1), dict([['a', int(1)]]), Buffer.from('b')]), 'attributes'],
    [
      'a source',
      Buffer.concat([tuple(text('module'), none, text('a.py'), text('code')), Buffer.from('Q')]),
      "'module'",
    ],
    ['another encoding', call(global('_codecs', 'encode'), text('x'), text('rot13')), "'rot13'"],
  ])('is refused for what it uses: %s', (_, root, words) => {
    const refusal = refusalOf(zip(root));
    expect(refusal).toMatch(/^checkpoint-refused/);
    expect(refusal).toContain(words);
  });

  it('has a name of any length and form shortened and made harmless', () => {
    const refusal = refusalOf(zip(global(`os\u001b[31m\u202e${'x'.repeat(100_000)}`, 'system')));
    expect(refusal.length).toBeLessThan(500);
    expect(refusal).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('a pickle that makes no sense', () => {
  it.each<[string, Piece]>([
    ['takes more than there is', Buffer.from('R')],
    ['takes from below a list', Buffer.concat([int(1), Buffer.from('('), instruction(0x85)])],
    ['ends a list that was not begun', Buffer.from('t')],
    ['recalls what was not kept', instruction(0x6a, 0xff, 0xff, 0xff, 0xff)],
    ['keeps what is not there', instruction(0x71, 0)],
    ['sets an item of a number', Buffer.concat([int(1), text('a'), int(2), Buffer.from('s')])],
    ['sets half an item', Buffer.concat([Buffer.from('}('), text('a'), Buffer.from('u')])],
    ['adds to a dictionary', Buffer.concat([Buffer.from('}'), int(2), Buffer.from('a')])],
    ['has a text longer than itself', instruction(0x58, 0xff, 0xff, 0xff, 0xff)],
    ['has a name without end', Buffer.from('ccollections')],
    ['has a byte that is no instruction', instruction(0xff)],
    ['makes a dictionary of a number', call(global('collections', 'OrderedDict'), int(3))],
    ['makes a number of NumPy of nothing', call(global('numpy.core.multiarray', 'scalar'))],
    ['refers to nothing', Buffer.concat([int(3), Buffer.from('Q')])],
  ])('is damaged: %s', (_, root) => {
    expect(refusalOf(zip(root))).toMatch(/^checkpoint-damaged 'hostile\.pth': /);
  });

  it('is damaged where it is cut off at any byte', () => {
    const whole = pickle(dict([['a', tuple(float(1), text('b'), list(int(1)), bool(true))]]));
    for (let length = 0; length < whole.length; length++) {
      const bytes = makeZip([{ name: 'a/data.pkl', bytes: whole.subarray(0, length) }]);
      expect(refusalOf(bytes)).toMatch(/^checkpoint-damaged/);
    }
  });

  it('costs little however deep, wide or repeated it is', () => {
    const deep = Buffer.concat([Buffer.from(']'.repeat(200_000)), Buffer.from('a'.repeat(199_999))]);
    expect(refusalOf(zip(deep))).toMatch(/^checkpoint-foreign/);
    expect(refusalOf(zip(Buffer.from('('.repeat(900_000) + 't'.repeat(90_000))))).toMatch(/^checkpoint-/);
    expect(refusalOf(zip(Buffer.from('}'.repeat(3_000_000))))).toMatch(/^checkpoint-unsupported.*300000/);
    expect(refusalOf(zip(Buffer.from('N'.repeat(3_000_000))))).toMatch(/^checkpoint-unsupported.*million/);
    expect(refusalOf(zip(Buffer.alloc(5_000_000, 'N')))).toMatch(/^checkpoint-damaged.*larger/);
    // Each list holds the one before it ten times: 10^60 values, were they told apart.
    const level = (n: number): Buffer =>
      Buffer.concat([
        Buffer.from(']('),
        ...Array<Buffer>(10).fill(instruction(0x68, n)),
        instruction(0x65, 0x71, n + 1),
      ]);
    const laughs = Buffer.concat([
      Buffer.from(']'),
      instruction(0x71, 0),
      ...Array.from({ length: 60 }, (_, n) => level(n)),
    ]);
    expect(refusalOf(zip(laughs))).toMatch(/^checkpoint-foreign/);
    // A dictionary that is asked to be copied again and again, and a text to be encoded.
    const entries = Array.from({ length: 50_000 }, (_, i) => [int(i), none] as const);
    const kept = Buffer.concat([dict(entries), instruction(0x71, 1)]);
    const copies = call(global('collections', 'Counter'), instruction(0x68, 1));
    expect(refusalOf(zip(list(kept, ...Array<Buffer>(50_000).fill(copies))))).toMatch(/^checkpoint-foreign/);
    const long = Buffer.concat([text('x'.repeat(1_000_000)), instruction(0x71, 1)]);
    const encodings = call(global('_codecs', 'encode'), instruction(0x68, 1), text('latin1'));
    expect(refusalOf(zip(list(long, ...Array<Buffer>(50_000).fill(encodings))))).toMatch(/^checkpoint-refused/);
    const itself = Buffer.concat([Buffer.from(']'), instruction(0x71, 0, 0x68, 0), Buffer.from('a')]);
    expect(refusalOf(zip(dict([['model', itself]])))).toMatch(/^checkpoint-foreign/);
  });
});

describe('a tensor that is not what it says', () => {
  const networkWith = (make: (maker: PthMaker, values: Float32Array, shape: readonly number[]) => Piece): Buffer => {
    const maker = new PthMaker();
    const root = stateDict(maker, config, parameters, {
      change: (name, tensor, values, shape) => (name === 'ebn1.weight' ? make(maker, values, shape) : tensor),
    });
    return maker.zip(root);
  };

  it.each<[string, Buffer]>([
    ['reaches beyond its storage', networkWith((maker, values, shape) => maker.tensor(values, shape, { offset: 1 }))],
    ['begins before its storage', networkWith((maker, values, shape) => maker.tensor(values, shape, { offset: -1 }))],
    ['runs backwards', networkWith((maker, values, shape) => maker.tensor(values, shape, { strides: [-1] }))],
    [
      'strides beyond its storage',
      networkWith((maker, values, shape) => maker.tensor(values, shape, { strides: [2] })),
    ],
    ['repeats one number', networkWith((maker, _, shape) => maker.tensor([1], shape, { strides: [0] }))],
    [
      'has more strides than dimensions',
      networkWith((maker, values, shape) => maker.tensor(values, shape, { strides: [1, 1] })),
    ],
    [
      'says its storage is larger',
      networkWith((maker, values, shape) => maker.tensor(values, shape, { count: 2 ** 31 - 1 })),
    ],
    [
      'says its storage is smaller',
      networkWith((maker, values, shape) => maker.tensor([...values, 1], shape, { count: 4 })),
    ],
    ['has no storage', networkWith((maker, values, shape) => maker.tensor(values, shape, { key: '../data/0' }))],
    [
      'is of another type than its storage',
      networkWith((maker, values, shape) =>
        maker.tensor(values, shape, { key: maker.storage(values), type: 'Double' }),
      ),
    ],
    ['lies over others', networkWith((maker, values, shape) => maker.tensor(values, shape, { key: '1' }))],
  ])('is damage: it %s', (_, bytes) => {
    expect(refusalOf(bytes)).toMatch(/^checkpoint-damaged/);
  });

  it('cannot make a large network of a small file', () => {
    const wide: NetworkConfig = { ...config, widths: [512, 512, 512, 512, 512, 512] };
    const maker = new PthMaker();
    const key = maker.storage([1]);
    const root = stateDict(maker, wide, new Float32Array(), {
      change: (_name, _tensor, _values, shape) => maker.tensor([1], shape, { key, strides: shape.map(() => 0) }),
    });
    for (const name of [...maker.storages.keys()].slice(1)) maker.storages.delete(name);
    expect(refusalOf(maker.zip(root))).toMatch(/^checkpoint-damaged.*more elements than its storage/);
  });
});

describe('a zip archive that is not what it says', () => {
  const whole = (): ZipPart[] => {
    const maker = new PthMaker();
    const root = pickle(stateDict(maker, config, parameters));
    const parts = [...maker.storages].map(([key, { bytes }]) => ({ name: `a/data/${key}`, bytes }));
    return [{ name: 'a/data.pkl', bytes: root }, ...parts];
  };
  const withClaim = (at: number, claim: NonNullable<ZipPart['claim']>, deflate = false): Buffer =>
    makeZip(
      whole().map((part, i) => (i === at ? { ...part, claim } : part)),
      { deflate },
    );

  it.each<[string, Buffer]>([
    ['a wrong checksum', withClaim(3, { crc: 1 })],
    ['a part beyond the end', withClaim(3, { place: 0x7fffffff })],
    ['a part at the place of another', withClaim(3, { place: 0 })],
    ['a part that reaches over the next', withClaim(3, { packedSize: 5000, size: 5000 })],
    ['a part that is packed larger than it says', withClaim(3, { size: 1 }, true)],
    ['a part that is packed smaller than it says', withClaim(3, { size: 900 }, true)],
    ['a size of 4 GB without its 64 bits', withClaim(3, { size: 0xffffffff })],
    ['one part twice', makeZip([...whole(), whole()[1]!])],
    ['no storages', makeZip(whole().slice(0, 1))],
  ])('is damaged: %s', (_, bytes) => {
    expect(refusalOf(bytes)).toMatch(/^checkpoint-damaged/);
  });

  it('is no bomb: what is packed may not become more than the tensors need', () => {
    const bomb = Buffer.alloc(50_000_000);
    const parts = whole().map((part, i) => (i === 3 ? { ...part, bytes: bomb } : part));
    const bytes = makeZip(parts, { deflate: true });
    expect(bytes.length).toBeLessThan(200_000);
    expect(refusalOf(bytes)).toMatch(/^checkpoint-damaged.*larger than it should be/);
    const pickles = makeZip([{ name: 'a/data.pkl', bytes: bomb }], { deflate: true });
    expect(refusalOf(pickles)).toMatch(/^checkpoint-damaged.*larger than it should be/);
  });

  it('may say nothing untrue about its list of parts', () => {
    const bytes = makeZip(whole());
    const change = (back: number, value: number): Buffer => {
      const changed = Buffer.from(bytes);
      changed.writeUInt32LE(value, changed.length - back);
      return changed;
    };
    for (const back of [12, 10, 6]) expect(refusalOf(change(back, 0xfffffff0))).toMatch(/^checkpoint-/);
    for (let cut = 1; cut < bytes.length; cut += 997) {
      expect(refusalOf(bytes.subarray(0, bytes.length - cut))).toMatch(/^checkpoint-damaged.*cut off/);
    }
  });
});

describe('a file with random damage', () => {
  const files = (): readonly Buffer[] => {
    const maker = new PthMaker();
    const group = [
      ['lr', float(1e-3)],
      ['betas', tuple(float(0.9), float(0.999))],
      ['eps', float(1e-8)],
      ['weight_decay', float(0.01)],
    ] as const;
    const zeros = new Float32Array(parameters.length);
    const latest = dict([
      ['epoch', int(3)],
      ['model_state_dict', stateDict(maker, config, parameters)],
      ['optimizer_state_dict', optimiserState(maker, config, { moment1: zeros, moment2: zeros, step: 3, group })],
      [
        'scheduler_state_dict',
        dict([
          ['T_max', int(50)],
          ['eta_min', float(1e-5)],
          ['base_lrs', list(float(1e-3))],
          ['last_epoch', int(3)],
        ]),
      ],
    ]);
    const old = new PthMaker();
    const packed = new PthMaker();
    return [
      maker.zip(latest, { zip64: true }),
      old.legacy(stateDict(old, config, parameters)),
      packed.zip(stateDict(packed, config, parameters), { deflate: true }),
    ];
  };

  it('is read or refused with one kind of error, two thousand times', () => {
    const random = new Random(20);
    const path = join(temporaryFolder(), 'damaged.pth');
    const codes = new Map<string, number>();
    for (const [kind, whole] of files().entries()) {
      // Most of a file are numbers, where damage does little: its descriptions are hit more often.
      const ends = [0, kind === 0 ? whole.length - 30_000 : 0];
      for (let attempt = 0; attempt < 700; attempt++) {
        const bytes = Buffer.from(whole);
        for (let hits = 1 + random.integer(3); hits > 0; hits--) {
          const place =
            random.uniform() < 0.8 ? ends[random.integer(2)]! + random.integer(30_000) : random.integer(bytes.length);
          bytes[Math.min(place, bytes.length - 1)] =
            random.uniform() < 0.5 ? random.integer(256) : bytes[random.integer(bytes.length)]!;
        }
        const cut = random.uniform() < 0.05 ? random.integer(bytes.length) : bytes.length;
        writeFileSync(path, bytes.subarray(0, cut));
        let code = 'read';
        try {
          readCheckpoint(path);
        } catch (error) {
          if (!(error instanceof MambrushError)) throw error;
          code = error.code;
        }
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    expect([...codes.keys()].every((code) => code === 'read' || code.startsWith('checkpoint-'))).toBe(true);
    expect(codes.get('read')).toBeGreaterThan(100);
    expect(codes.get('checkpoint-damaged')).toBeGreaterThan(400);
    expect(codes.get('checkpoint-refused')).toBeGreaterThan(50);
  });
});

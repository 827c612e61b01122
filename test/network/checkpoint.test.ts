import { execFile, execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MambrushError } from '../../engine/contract/error.ts';
import { readCheckpoint, tensorsOfBlock, writeCheckpoint } from '../../engine/network/checkpoint.ts';
import type { Checkpoint } from '../../engine/network/checkpoint.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { encodeSafetensors, readSafetensors } from '../../engine/network/safetensors.ts';
import type { StoredTensor } from '../../engine/network/safetensors.ts';
import { Random } from '../../engine/random.ts';
import { canMount, smallDisk } from '../store/small-disk.ts';
import { startChild } from '../store/start-child.ts';
import { variants } from './variants.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mambrush-checkpoint-'));
  path = join(folder, 'network.safetensors');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function checkpointOf(config = defaultConfig, seed = 1): Checkpoint {
  return { config, parameters: initialParameters(config, 'mamba', seed), moments: undefined, metadata: {} };
}

/** A whole checkpoint with some of its tensors changed. */
function writeChanged(change: (tensors: Map<string, StoredTensor>) => void): void {
  const { config, parameters } = checkpointOf();
  const tensors = new Map(tensorsOfBlock(config, parameters));
  change(tensors);
  writeFileSync(path, encodeSafetensors(tensors, {}));
}

describe('a checkpoint', () => {
  it.each(Object.entries(variants))('%s: comes back with its settings and every bit', (_name, config) => {
    const written = checkpointOf(config);
    writeCheckpoint(path, written);
    const { config: found, parameters, moments } = readCheckpoint(path);
    // One class is the same either way, so the file need not know.
    expect(found).toEqual(config);
    expect(parameters).toEqual(written.parameters);
    expect(moments).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['network.safetensors']);
  });

  it('keeps the optimiser’s moments and free text', () => {
    const written = checkpointOf();
    const [moment1, moment2] = [2, 3].map((seed) => initialParameters(defaultConfig, 'reference', seed));
    const moments = { moment1: moment1 ?? new Float32Array(), moment2: moment2 ?? new Float32Array() };
    writeCheckpoint(path, { ...written, moments, metadata: { epoch: '17', classes: '["Zellkern"]' } });
    const found = readCheckpoint(path);
    expect(found.moments).toEqual(moments);
    expect(found.parameters).toEqual(written.parameters);
    expect(found.metadata).toMatchObject({ epoch: '17', classes: '["Zellkern"]' });
  });

  it('holds the reference’s names and layouts, for other programs to read', () => {
    const { config, parameters } = checkpointOf();
    writeCheckpoint(path, checkpointOf());
    const { tensors, metadata } = readSafetensors(path);
    expect(tensors.get('encoder4.0.mamba.conv1d.weight')?.shape).toEqual([12, 1, 4]);
    expect([...tensors.keys()]).toEqual([...tensorsOfBlock(config, parameters).keys()]);
    expect(metadata['format']).toBe('pt');
  });

  it('of a block of another size is not written', () => {
    const parameters = new Float32Array(49_456);
    expect(() => writeCheckpoint(path, { ...checkpointOf(), parameters })).toThrow(
      '49457 parameters, the block has 49456',
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a checkpoint that does not fit is refused:', () => {
  const refusal = (code: string, message: string): void => {
    expect(() => readCheckpoint(path)).toThrow(MambrushError);
    expect(() => readCheckpoint(path)).toThrow(expect.objectContaining({ code, path }));
    expect(() => readCheckpoint(path)).toThrow("'network.safetensors'");
    expect(() => readCheckpoint(path)).toThrow(message);
  };

  it('another network', () => {
    writeFileSync(path, encodeSafetensors(new Map([['fc.weight', { shape: [1], data: Float32Array.of(1) }]]), {}));
    refusal('checkpoint-foreign', "it has no 'encoder1.0.weight'");
  });

  it('no tensor at all', () => {
    writeFileSync(path, encodeSafetensors(new Map(), {}));
    refusal('checkpoint-foreign', 'is not an UltraLight VM-UNet');
  });

  it('two input channels', () => {
    writeChanged((tensors) => tensors.set('encoder1.0.weight', { shape: [8, 2, 3, 3], data: new Float32Array(144) }));
    refusal('checkpoint-foreign', 'takes 2 input channels');
  });

  it('a width that the network cannot have', () => {
    writeChanged((tensors) => tensors.set('encoder1.0.weight', { shape: [6, 3, 3, 3], data: new Float32Array(162) }));
    refusal('checkpoint-foreign', 'multiple of 4 between 4 and 1024, got 6');
  });

  it.each(['encoder2.0.weight', 'scab.catt.att5.bias', 'decoder3.0.mamba.A_log', 'dbn5.bias'])('no %s', (name) => {
    writeChanged((tensors) => tensors.delete(name));
    refusal(name === 'encoder2.0.weight' ? 'checkpoint-foreign' : 'checkpoint-incomplete', `it has no '${name}'`);
  });

  it('a tensor of another shape', () => {
    writeChanged((tensors) => tensors.set('decoder2.0.mamba.D', { shape: [2, 12], data: new Float32Array(24) }));
    refusal('checkpoint-foreign', "'decoder2.0.mamba.D' is 2×12, this network needs 24");
  });

  it.each([NaN, Infinity, -Infinity])('a value of %s', (value) => {
    writeChanged((tensors) => tensors.get('decoder5.0.weight')?.data.fill(value, 7, 8));
    refusal('checkpoint-not-finite', "'decoder5.0.weight' holds values that are no finite numbers");
  });

  it('half of the moments', () => {
    const written = checkpointOf();
    writeCheckpoint(path, { ...written, moments: { moment1: written.parameters, moment2: written.parameters } });
    const { tensors } = readSafetensors(path);
    writeFileSync(path, encodeSafetensors(new Map([...tensors].filter(([name]) => name !== 'moment2.dbn1.bias')), {}));
    refusal('checkpoint-incomplete', "it has no 'moment2.dbn1.bias'");
  });

  it('no file, or a folder', () => {
    refusal('checkpoint-unreadable', 'Check that the file exists');
    mkdirSync(path);
    refusal('checkpoint-unreadable', 'Cannot read');
  });

  it('random damage, with one kind of error', () => {
    writeCheckpoint(path, checkpointOf());
    const good = readFileSync(path);
    const random = new Random(5);
    const codes = new Set<string>();
    for (let i = 0; i < 150; i++) {
      const bytes = Buffer.from(good.subarray(0, random.integer(10) === 0 ? random.integer(good.length) : good.length));
      const place = random.integer(Math.max(1, Math.min(bytes.length, i % 2 === 0 ? 16 : 13_000)));
      if (bytes.length > 0) bytes[place] = random.integer(256);
      writeFileSync(path, bytes);
      try {
        codes.add(String(readCheckpoint(path).parameters.length));
      } catch (error) {
        codes.add(error instanceof MambrushError ? error.code : String(error));
        expect((error as MambrushError).path).toBe(path);
      }
    }
    const known = [
      '49457',
      'checkpoint-damaged',
      'checkpoint-foreign',
      'checkpoint-incomplete',
      'checkpoint-unsupported',
    ];
    expect([...codes].filter((code) => !known.includes(code))).toEqual([]);
    expect(codes).toContain('checkpoint-damaged');
  });
});

describe('reading takes bounded time and memory', () => {
  const reader = fileURLToPath(new URL('read-checkpoint-process.ts', import.meta.url));

  /** In a process with little memory, that is killed when it hangs. */
  async function read(
    ...paths: readonly string[]
  ): Promise<readonly { readonly code?: string; readonly message?: string }[]> {
    const { stdout } = await promisify(execFile)(process.execPath, ['--max-old-space-size=600', reader, ...paths], {
      timeout: 50_000,
    });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly code?: string; readonly message?: string });
  }

  /** A file of one header, with data of any size that takes no room on the disk. */
  function sparse(name: string, header: string, size = 0): string {
    const file = join(folder, name);
    const descriptor = openSync(file, 'w');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
    writeSync(descriptor, Buffer.concat([length, Buffer.from(header)]));
    closeSync(descriptor);
    if (size > 0) truncateSync(file, size);
    return file;
  }

  it('of hostile headers', async () => {
    const limit = 3_999_990;
    const names = Array.from(
      { length: 50_000 },
      (_, i) => `"${String(i)}":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}`,
    );
    const files = [
      sparse('brackets', '['.repeat(limit)),
      sparse('nested', `{"a":${'['.repeat(limit / 2 - 10)}${']'.repeat(limit / 2 - 10)}}`),
      sparse('objects', '{"a":'.repeat(limit / 5)),
      sparse('names', `{${names.join()}}`, 8 + 3_900_000),
      sparse('numbers', `{"a":{"dtype":"F32","shape":[${'1,'.repeat(limit / 2 - 60)}1],"data_offsets":[0,4]}}`),
      sparse('long', ' '.repeat(10), 300_000_000),
    ];
    for (const { code, message } of await read(...files)) {
      expect(code).toBe('checkpoint-damaged');
      expect(message?.length).toBeLessThan(400);
    }
  });

  it('of a file of more than 2 GB, which is not read at all', async () => {
    const [{ code, message } = {}] = await read(sparse('huge', '{}', 2 ** 31 + 4096));
    expect(code).toBe('checkpoint-unreadable');
    expect(message).toContain('larger than 2 GB');
  });

  it.skipIf(process.platform === 'win32')('of a pipe to which nobody writes', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [{ code } = {}] = await read(pipe);
    expect(code).toBe('checkpoint-unreadable');
  });
});

describe('writing is atomic', () => {
  it('a reader beside a writer sees whole files only, also when the writer is killed', async () => {
    const child = startChild('../network/write-checkpoints-process.ts', path);
    expect(await child.nextLine()).toBe('written');
    const seen = new Set<number>();
    while (seen.size < 20) {
      const { parameters } = readCheckpoint(path);
      seen.add(parameters[0] ?? NaN);
      expect(new Set(parameters).size).toBe(1);
    }
    await child.kill();
    expect(new Set(readCheckpoint(path).parameters).size).toBe(1);
  });

  it('into a folder that is not there is refused with a way out', () => {
    const missing = join(folder, 'missing', 'network.safetensors');
    const attempt = (): void => writeCheckpoint(missing, checkpointOf());
    expect(attempt).toThrow(expect.objectContaining({ code: 'checkpoint-not-written', path: missing }));
    expect(attempt).toThrow("Cannot write 'network.safetensors'");
    expect(attempt).toThrow('choose another folder');
  });

  it.skipIf(!canMount)('on a full disk leaves the file that was there, and nothing else', () => {
    const disk = smallDisk('300k');
    const file = join(disk.folder, 'network.safetensors');
    const old = checkpointOf();
    writeCheckpoint(file, old);
    const attempt = (): void => writeCheckpoint(file, checkpointOf(defaultConfig, 2));
    expect(attempt).toThrow(expect.objectContaining({ code: 'checkpoint-not-written' }));
    expect(attempt).toThrow('the file that was there before is unchanged');
    expect(readCheckpoint(file).parameters).toEqual(old.parameters);
    expect(readdirSync(disk.folder)).toEqual(['network.safetensors']);
    disk.makeReadOnly();
    expect(attempt).toThrow(expect.objectContaining({ code: 'checkpoint-not-written' }));
    expect(readCheckpoint(file).parameters).toEqual(old.parameters);
  });
});

import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint, tensorsOfBlock } from '../../../engine/network/checkpoint.ts';
import type { Checkpoint } from '../../../engine/network/checkpoint.ts';
import { defaultConfig } from '../../../engine/network/network-config.ts';
import { readSafetensors } from '../../../engine/network/safetensors.ts';
import type { StoredTensor } from '../../../engine/network/safetensors.ts';
import { verifyGoldenNetwork } from '../../../engine/network/verify/golden-network.ts';
import { sharedFolder } from '../../fixtures/shared.ts';
import { quickExecutor } from '../../train/tiny-spec.ts';

const folder = join(sharedFolder, 'golden', 'checkpoints');
const read = (name: string): Checkpoint => readCheckpoint(join(folder, `${name}.pth`));

describe.skipIf(!existsSync(folder))("the reference's checkpoints (skipped where ../shared is missing)", () => {
  const expected = (): ReadonlyMap<string, StoredTensor> =>
    readSafetensors(join(folder, 'expected.safetensors')).tensors;

  it.each(['best', 'latest'])('%s gives what the reference computes with it', async (name) => {
    const { config, parameters } = read(name);
    expect(config).toEqual(defaultConfig);
    const golden = expected();
    const tensors = new Map([
      ...tensorsOfBlock(config, parameters, 'param.'),
      ['input', golden.get('best.input')!],
      ['output', golden.get(`${name}.output`)!],
    ]);
    const checks = await verifyGoldenNetwork({ tensors, metadata: {} }, name, quickExecutor);
    expect(checks).toHaveLength(1);
    expect(checks[0]!.error).toBeLessThan(5e-6);
  });

  it.each([
    ['latest', 0],
    ['dataparallel', 0],
    ['legacy-format', 0],
    ['half', 2 ** -11],
  ])('%s holds the weights of latest', (name, share) => {
    const golden = expected();
    for (const [parameter, { data }] of tensorsOfBlock(defaultConfig, read(name).parameters)) {
      const wanted = golden.get(`latest.param.${parameter}`)!.data;
      const worst = Math.max(...data.map((value, i) => Math.abs(value - wanted[i]!) - share * Math.abs(wanted[i]!)));
      expect(worst, parameter).toBeLessThanOrEqual(share * 1e-4);
    }
  });

  it('two-class has two classes, each a sigmoid of its own', () => {
    expect(read('two-class').config).toEqual({ ...defaultConfig, classes: 2, head: 'sigmoid' });
  });

  it('latest alone has moments', () => {
    const names = ['best', 'latest', 'dataparallel', 'legacy-format', 'half', 'two-class'];
    expect(names.filter((name) => read(name).moments !== undefined)).toEqual(['latest']);
  });

  it.each([
    ['hostile-pickle', 'checkpoint-refused', "'posix.system'"],
    ['truncated', 'checkpoint-damaged', 'cut off'],
    ['missing-key', 'checkpoint-incomplete', "'encoder4.0.mamba.A_log'"],
    ['nan', 'checkpoint-not-finite', "'encoder1.0.weight'"],
  ])('%s is refused, saying why', (name, code, words) => {
    const before = readdirSync(process.cwd());
    expect(() => read(name)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error,
    );
    expect(() => read(name)).toThrow(`'${name}.pth'`);
    expect(readdirSync(process.cwd())).toEqual(before);
  });

  it('are all spoken of here', () => {
    const known = ['best', 'latest', 'dataparallel', 'legacy-format', 'half', 'two-class'];
    const refused = ['hostile-pickle', 'truncated', 'missing-key', 'nan'];
    const files = readdirSync(folder).filter((name) => name.endsWith('.pth'));
    expect(files.map((name) => basename(name, '.pth')).sort()).toEqual([...known, ...refused].sort());
  });
});

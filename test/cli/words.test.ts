import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commands } from '../../engine/cli/commands/commands.ts';
import { mambrushVersion } from '../../engine/version.ts';
import { temporaryFolder } from '../fixtures/disc-pictures.ts';
import { documentOf, mambrush } from './run-mambrush.ts';

const here = process.cwd();

describe('the help', () => {
  it('names every command and fits a terminal, and so does the help of each command', async () => {
    const general = await mambrush(here, 'help');
    expect([general.code, general.err]).toEqual([0, '']);
    const each = await Promise.all(commands.map(({ name }) => mambrush(here, name, '--help')));
    for (const [at, { name, options }] of commands.entries()) {
      expect(general.out).toMatch(new RegExp(`^  ${name} `, 'm'));
      const { code, out, err } = each[at]!;
      expect([code, err]).toEqual([0, '']);
      for (const option of [...Object.keys(options), 'json']) expect(out).toContain(`--${option}`);
      for (const line of out.split('\n')) {
        expect(line.length, line).toBeLessThanOrEqual(100);
        expect(line).toBe(line.trimEnd());
      }
    }
  });

  it('is the same by every way that one might try, and so is the version', async () => {
    const [bare, dashes, word, asked] = await Promise.all([
      mambrush(here),
      mambrush(here, '--help'),
      mambrush(here, 'train', '-h'),
      mambrush(here, 'help', 'train'),
    ]);
    expect(bare).toEqual(dashes);
    expect(word).toEqual(asked);
    expect(await mambrush(here, '--version')).toEqual({ code: 0, out: `${mambrushVersion}\n`, err: '' });
  });

  it('may be cut off by whoever reads it', () => {
    const main = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url));
    const pipe = `set -o pipefail; "${process.execPath}" "${main}" train --help 2>&1 | head -c 9`;
    expect(execFileSync('bash', ['-c', pipe], { encoding: 'utf8' })).toBe('mambrush ');
  });
});

describe('what is written wrongly', () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['trian', '.'], /no verb 'trian'\. Did you mean train\?/],
    [['train', '.', '--epoch', '3'], /no option --epoch\. Did you mean --epochs\?/],
    [['train', '.', '--epochs'], /--epochs needs a value: --epochs N/],
    [['train', '.', '--epochs', 'many'], /--epochs many: give a number/],
    [['train', '.', '--epochs', '2.5'], /--epochs 2\.5: give a whole number/],
    [['train', '.', '--epochs', '2', '--epochs', '3'], /--epochs is given twice/],
    [['train', '.', '--size', 'big'], /--size big: give a side such as 256/],
    [['train', '.', '--optimiser', 'adamv'], /'adamw', 'adam', 'sgd'\. Did you mean adamw\?/],
    [['train', '.', '--resume', '--batch', '4'], /--batch cannot be changed in a run that is resumed/],
    [['train', '.', '--run', '4'], /give --resume too/],
    [['train', '.', '--continue'], /give it with --from FILE/],
    [['train', '.', '--resume', '--continue'], /--continue cannot be changed in a run that is resumed/],
    [['train', '.', '--json=yes'], /--json takes no value/],
    [['train'], /train needs a folder with a project\. Usage: mambrush train FOLDER/],
    [['train', 'a', 'b'], /'b' is too many/],
    [['help', 'trian'], /Did you mean train\?/],
  ];

  it.each(wrong.map(([words, message]) => [words.join(' '), words, message] as const))(
    'is named, with exit code 2: %s',
    async (_line, words, message) => {
      const result = await mambrush(here, ...words);
      expect([result.code, result.out]).toEqual([2, '']);
      expect(result.err).toMatch(message);
      expect(result.err.trim().split('\n')).toHaveLength(1);
    },
  );

  it('is a document too where one was asked for', async () => {
    const result = await mambrush(here, 'train', '.', '--epoch', '3', '--json');
    expect(result.code).toBe(2);
    expect(documentOf(result)).toMatchObject({ error: { message: expect.stringContaining('--epochs') as string } });
  });
});

describe('what cannot be done', () => {
  it('ends with exit code 1, and says what to type instead', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'my photos'));
    for (const verb of ['train', 'evaluate', 'predict', 'split', 'export']) {
      const result = await mambrush(
        folder,
        verb,
        'my photos',
        '--json',
        ...(verb === 'export' ? ['--output', 'x'] : []),
      );
      expect(result.code).toBe(1);
      expect(documentOf(result)).toMatchObject({ error: { code: 'not-a-project' } });
      expect(result.err).toContain('import "my photos"');
    }
    const missing = await mambrush(folder, 'train', 'no photos');
    expect([missing.code, missing.out]).toEqual([1, '']);
    expect(missing.err).toContain(`There is no folder ${join(folder, 'no photos')}`);
  });
});

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Metrics } from '../../../engine/contract/prediction.ts';
import type { EngineClient } from '../../../engine/contract/requests.ts';
import { readNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import { makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { meanOfDefined, plainFigures } from './plain-figures.ts';
import type { Pair } from './plain-figures.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

const [width, height] = [64, 48];
const names = ['dice', 'iou', 'accuracy', 'sensitivity', 'specificity', 'hd95'] as const;

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

/** A project of pictures with these labels, (48, 64) each; undefined for none. */
async function projectWith(
  client: EngineClient,
  labels: readonly (Uint8Array | undefined)[],
  classNames: readonly string[],
): Promise<string> {
  const folder = await makeDiscFolder(temporaryFolder(), labels.length, 0);
  const { project } = await client.request('dataset.import', { folder });
  await client.request('project.close', { project });
  const store = openProject(folder);
  for (const name of classNames.slice(store.classes.all().length)) store.classes.add({ name });
  for (const [at, { id, name }] of store.classes.all().entries()) {
    if (name !== classNames[at]) store.classes.rename(id, classNames[at]!);
  }
  for (const [n, map] of labels.entries()) {
    const { id } = store.images.byPath(`images/p${n}.png`)!;
    if (map !== undefined) store.labels.write(id, map, { origin: 'painted', description: 'brush' });
  }
  store.close();
  await client.request('project.open', { folder });
  return project;
}

function paint(label: (x: number, y: number) => number): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) => label(at % width, Math.floor(at / width)));
}

/** What the same network makes of the same images, as files. */
async function predicted(client: EngineClient, project: string, checkpoint: string): Promise<Map<string, Uint8Array>> {
  const output = join(temporaryFolder(), 'arrays');
  const { files } = await client.request('predict.project', {
    project,
    images: 'labelled',
    checkpoint,
    output,
    format: 'npy',
  });
  const maps = new Map<string, Uint8Array>();
  for (const { input, masks } of files) maps.set(input, Uint8Array.from((await readNpy(masks[0]!)).values));
  return maps;
}

function expectFigures(found: Metrics, wanted: Metrics): void {
  for (const name of names) {
    const value = wanted[name];
    if (value === null) expect([name, found[name]]).toEqual([name, null]);
    else expect(found[name], name).toBeCloseTo(value, 9);
  }
}

function average(list: readonly Metrics[]): Metrics {
  const mean = (name: keyof Metrics): number | null => meanOfDefined(list.map((figures) => figures[name]));
  return {
    dice: mean('dice'),
    iou: mean('iou'),
    accuracy: mean('accuracy'),
    sensitivity: mean('sensitivity'),
    specificity: mean('specificity'),
    hd95: mean('hd95'),
  };
}

describe('an evaluation of several classes', () => {
  it.each(['softmax', 'sigmoid'] as const)('equals the definitions, figure by figure: %s', async (head) => {
    const client = connect();
    const labels = [
      paint((x, y) => (x < 20 ? 1 : y < 20 ? 2 : 0)),
      paint((x, y) => (y > 40 ? 255 : (x - 30) ** 2 + (y - 25) ** 2 < 150 ? 3 : 0)),
      paint((x) => (x % 4 === 0 ? 255 : 2)),
      paint(() => 0),
      undefined,
    ];
    const project = await projectWith(client, labels, ['cell', '细胞核', 'mitosis']);
    const checkpoint = writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors'), { classes: 3, head });
    const result = await client.request('evaluate', { project, part: 'all', checkpoint });
    const maps = await predicted(client, project, checkpoint);
    const pairs = new Map<string, Pair>();
    for (const [path, found] of maps) {
      pairs.set(path, { found, truth: labels[Number(/\d/.exec(path))]!, width, height });
    }
    expect([result.images, pairs.size]).toEqual([4, 4]);
    expect(new Set([...maps.values()].flatMap((map) => [...map])).size).toBeGreaterThan(2);

    const all = [...pairs.values()];
    const of = (list: readonly Pair[], index: number, empty: null | 1): Metrics => plainFigures(list, index, empty);
    for (const index of [1, 2, 3]) {
      const { name, pooled, perImage } = result.classes[index - 1]!;
      expect(name).toBe(['cell', '细胞核', 'mitosis'][index - 1]);
      expectFigures(pooled, of(all, index, null));
      expectFigures(perImage, average(all.map((pair) => of([pair], index, 1))));
    }
    const meanOfImage = (pair: Pair): Metrics => average([1, 2, 3].map((index) => of([pair], index, 1)));
    expectFigures(result.pooled, average([1, 2, 3].map((index) => of(all, index, null))));
    expectFigures(result.perImage, average(all.map(meanOfImage)));
    for (const { path, ...figures } of result.worst) expectFigures(figures, meanOfImage(pairs.get(path)!));
    const dices = result.worst.map(({ dice }) => dice!);
    expect(dices).toEqual([...dices].sort((a, b) => a - b));
  });

  it('finds each class by its name, in whatever order the network knows them', async () => {
    const client = connect();
    const labels = [paint((x) => (x < 30 ? 1 : 2))];
    const [one, other] = [
      await projectWith(client, labels, ['cell', 'gap']),
      await projectWith(
        client,
        labels.map((map) => map.map((label) => 3 - label)),
        ['gap', 'cell'],
      ),
    ];
    const checkpoint = writeFreshCheckpoint(
      join(temporaryFolder(), 'net.safetensors'),
      { classes: 2, head: 'softmax' },
      {
        size: '64x64',
        classes: JSON.stringify([
          { name: 'cell', color: '#ff0000' },
          { name: 'gap', color: '#00ff00' },
        ]),
      },
    );
    const results = [];
    for (const project of [one, other]) {
      const { classes } = await client.request('evaluate', { project, part: 'all', checkpoint });
      results.push(Object.fromEntries(classes.map(({ name, pooled }) => [name, pooled])));
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0]!['cell']).not.toEqual(results[0]!['gap']);
  });
});

describe('an evaluation where there is nothing to find', () => {
  it('says what is right and what cannot be said, and is never NaN', async () => {
    const client = connect();
    const project = await projectWith(client, [paint(() => 0), paint(() => 0)], ['object']);
    const checkpoint = writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors'));
    const result = await client.request('evaluate', { project, part: 'all', checkpoint });
    const maps = await predicted(client, project, checkpoint);
    const pairs = [...maps.values()].map((found): Pair => ({ found, truth: paint(() => 0), width, height }));
    expectFigures(result.pooled, plainFigures(pairs, 1, null));
    expect([result.pooled.sensitivity, result.perImage.sensitivity, result.perImage.hd95]).toEqual([null, null, null]);
    expect(JSON.stringify(result)).not.toContain('NaN');
  });
});

describe('an image that cannot be read', () => {
  it('is left out of an evaluation, by name, and the others count', async () => {
    const client = connect();
    const project = await projectWith(
      client,
      [1, 2, 3].map(() => paint((x) => Number(x < 30))),
      ['object'],
    );
    const broken = join(project, 'images', 'p1.png');
    writeFileSync(broken, readFileSync(broken).subarray(0, 200));
    const checkpoint = writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors'));
    const result = await client.request('evaluate', { project, part: 'all', checkpoint });
    expect([result.images, result.failed.map(({ path }) => path)]).toEqual([2, ['images/p1.png']]);
    expect(result.worst.map(({ path }) => path).sort()).toEqual(['images/p0.png', 'images/p2.png']);
  });
});

describe('the table of an evaluation', () => {
  it('replaces an earlier one and nothing else, and is looked to before anything is computed', async () => {
    const client = connect();
    const project = await projectWith(client, [paint((x) => Number(x < 30))], ['object']);
    const checkpoint = writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors'));
    const evaluate = (csv: string) => client.request('evaluate', { project, part: 'all', checkpoint, csv });
    const table = join(project, 'figures', 'first.csv');
    expect((await evaluate(table)).csv).toBe(table);
    const text = readFileSync(table, 'utf8');
    expect(text.split('\r\n')).toHaveLength(3);
    await evaluate(table);
    expect(readFileSync(table, 'utf8')).toBe(text);

    const image = join(project, 'images', 'p0.png');
    const { size } = statSync(image);
    await expect(evaluate(image)).rejects.toMatchObject({ code: 'table-foreign', path: image });
    expect(statSync(image).size).toBe(size);
    await expect(evaluate(join(image, 'figures.csv'))).rejects.toMatchObject({ code: 'folder-missing' });
    await expect(evaluate(join(project, 'images'))).rejects.toMatchObject({ code: 'not-written' });
    expect(existsSync(join(project, 'images', 'p0.png'))).toBe(true);
  });
});

describe('stopping an evaluation', () => {
  it('ends it with nothing written', async () => {
    const client = connect();
    const project = await projectWith(
      client,
      Array.from({ length: 40 }, () => paint((x) => Number(x < 30))),
      ['object'],
    );
    const checkpoint = writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors'));
    const csv = join(temporaryFolder(), 'figures.csv');
    const ending = new AbortController();
    const asked = client.request(
      'evaluate',
      { project, part: 'all', checkpoint, csv },
      { signal: ending.signal, onProgress: () => ending.abort() },
    );
    await expect(asked).rejects.toMatchObject({ code: 'aborted' });
    expect(existsSync(csv)).toBe(false);
  });
});

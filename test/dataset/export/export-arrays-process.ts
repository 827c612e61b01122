/** Exports two parts until it is killed, for `export-arrays.test.ts`. Arguments: the folder, the images. */
import { basename } from 'node:path';
import { exportArrays } from '../../../engine/dataset/export/export-arrays.ts';
import { disc } from '../../fixtures/disc-pictures.ts';

const [outputFolder, ...paths] = process.argv.slice(2);
const images = paths.map((absolutePath, n) => ({
  path: basename(absolutePath),
  absolutePath,
  width: 64,
  height: 48,
  origin: `v1 ${n}`,
  labels: () => disc(n),
}));
await exportArrays(
  outputFolder!,
  [
    { part: 'train', images },
    { part: 'val', images },
  ],
  { side: 32, classes: 1 },
  { onProgress: ({ done }) => process.stdout.write(`${done}\n`) },
);

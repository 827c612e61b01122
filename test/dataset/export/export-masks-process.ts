/** Exports masks until it is killed, for `export-masks.test.ts`. Arguments: the folder, how many. */
import { exportMasks } from '../../../engine/dataset/export/export-masks.ts';
import { disc } from '../../fixtures/disc-pictures.ts';

const [outputFolder, count] = process.argv.slice(2);
const items = Array.from({ length: Number(count) }, (_, n) => ({
  path: `p${n}.jpg`,
  absolutePath: `/x/p${n}.jpg`,
  width: 64,
  height: 48,
  origin: `v1 ${n}`,
  labels: () => disc(n),
}));
await exportMasks(
  items,
  { outputFolder: outputFolder!, classes: [{ name: 'cell', color: '#e69f00' }] },
  { onProgress: ({ done }) => process.stdout.write(`${done}\n`) },
);

/**
 * A process of its own that paints numbered strokes until it is killed: `node stroke-writer-process.ts FOLDER`. Not a test.
 * Convention: a number is printed once its stroke's call has returned, that is, once it must be safe.
 */
import { writeSync } from 'node:fs';
import { openProject } from '../../engine/store/project-store.ts';
import { paintedUpTo, paintStroke } from './numbered-strokes.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: stroke-writer-process.ts FOLDER');
const store = openProject(folder);
const image = store.images.all()[0]?.id ?? 0;
let done = store.labels.history(image).length;
const map = paintedUpTo(done);
for (;;) {
  const n = done + 1;
  const tiles = paintStroke(map, n);
  const note = { origin: 'painted', description: `stroke ${n}` } as const;
  // Now and then the whole map, as an import writes it.
  if (n % 10 === 0) store.labels.write(image, map, note);
  else store.labels.applyTiles(image, tiles, note);
  done = n;
  writeSync(1, `${n}\n`);
}

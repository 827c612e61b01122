/** Prepares samples until it is killed, for `prepare-samples.test.ts`. Arguments: the sources as JSON, the cache's folder. */
import { prepareSamples } from '../../../engine/dataset/samples/prepare-samples.ts';
import { requestOf } from './sample-requests.ts';

const [list, cacheFolder] = process.argv.slice(2);
const sources = JSON.parse(list!) as { path: string; imageId: number; width: number; height: number }[];
await prepareSamples(
  {
    images: sources.map(({ path, imageId, width, height }) => requestOf(path, imageId, width, height)),
    size: { width: 64, height: 32 },
    channels: 3,
    classes: 1,
    cacheFolder: cacheFolder!,
  },
  { onProgress: ({ done }) => process.stdout.write(`${done}\n`) },
);

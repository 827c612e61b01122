/** Predicts until it is killed, for `predict-files.test.ts`. Arguments: checkpoint, input, output. */
import { connectInProcess } from '../../../engine/host/in-process.ts';

const [checkpoint, input, output] = process.argv.slice(2);
const client = connectInProcess();
await client.request(
  'predict.files',
  { checkpoint: checkpoint!, input: input!, output: output! },
  { onProgress: ({ done }) => process.stdout.write(`${done}\n`) },
);
await client.close();

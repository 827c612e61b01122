/**
 * A worker thread that computes an image's figures: takes two label maps, answers with plain data. Keeps no state.
 * Convention: one answer to every question, in order.
 */
import { parentPort } from 'node:worker_threads';
import { evaluateImage } from './evaluate-metrics.ts';
import type { EvaluationAnswer, EvaluationQuestion } from './evaluation-thread.ts';

const port = parentPort;
if (port === null) throw new Error('evaluation-worker.ts runs only as a worker thread');
port.on('message', ({ predicted, truth, size, classes }: EvaluationQuestion) => {
  const { counter, ...figures } = evaluateImage(predicted, truth, size, classes);
  port.postMessage({ figures, counts: counter.counts } satisfies EvaluationAnswer);
});

/**
 * A thread that serves the reference executor over the port it is given, as a page's Worker serves its cards. Not a test.
 */
import { parentPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { serveExecutors } from '../../engine/executors/remote/serve-executors.ts';
import { cardOf, remotePortOf } from './remote-pair.ts';
import { buildAny } from './small-program.ts';

parentPort?.on('message', (port: MessagePort) => {
  serveExecutors(remotePortOf(port), async () => [cardOf(referenceExecutor)], buildAny);
});

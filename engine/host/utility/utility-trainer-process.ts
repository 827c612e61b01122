/**
 * The trainer as a process below the shell. Started by electron/engine-process.ts when the engine asks for it.
 * Convention: the first message from the shell brings the port to the engine, and orders come through that alone.
 */
import { runTrainer } from '../run-trainer.ts';
import type { TrainerOrder } from '../trainer-messages.ts';
import { parentPort } from './parent-port.ts';

/** An engine that does not take the last report for so long will not take it any more. */
const patienceMilliseconds = 5_000;

parentPort().on('message', ({ ports: [port] }) => {
  if (port === undefined) return;
  let open = true;
  port.on('close', () => (open = false));
  runTrainer({
    isOpen: () => open,
    onOrder: (listener) => void port.on('message', ({ data }) => listener(data as TrainerOrder)),
    onBroken: (listener) => void port.on('close', listener),
    send: (report) => {
      if (open) port.postMessage(report);
    },
    finish: (report) => {
      port.postMessage(report);
      // The engine closes the port when it has the report: then this process ends.
      setTimeout(() => process.exit(0), patienceMilliseconds);
    },
  });
  port.start();
});

/**
 * The trainer as a child of plain Node: one run in a process of its own, so that its death harms nobody else. Started by
 * `fork-trainer.ts`. Convention: it takes orders from its channel alone.
 */
import { runTrainer } from './run-trainer.ts';
import type { TrainerReport } from './trainer-messages.ts';

// An engine that dies just now is noticed by 'disconnect'.
const send = (report: TrainerReport, onSent: () => void = () => undefined): void => {
  if (process.connected) process.send?.(report, onSent);
};

runTrainer({
  isOpen: () => process.connected,
  onOrder: (listener) => void process.on('message', listener),
  onBroken: (listener) => void process.on('disconnect', listener),
  send,
  finish: (report) =>
    send(report, () => {
      if (process.connected) process.disconnect();
    }),
});

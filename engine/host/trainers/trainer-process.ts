/**
 * The trainer as a child of plain Node: one run in a process of its own, so that its death harms nobody else. Started by
 * `fork-trainer.ts`. Convention: it takes orders from its channel alone.
 */
import { createCompute } from '../../compute/compute.ts';
import { connectOverFrames } from '../../executors/remote/frame-port.ts';
import { RelayedGpu, isRelayed } from './gpu-relay.ts';
import type { GpuRelayMessage } from './gpu-relay.ts';
import { runTrainer } from './run-trainer.ts';
import type { TrainerOrder, TrainerReport } from './trainer-messages.ts';

// An engine that dies just now is noticed by 'disconnect'.
const send = (report: TrainerReport | GpuRelayMessage, onSent: () => void = () => undefined): void => {
  if (process.connected) process.send?.(report, onSent);
};

const gpu = new RelayedGpu(send);
process.on('disconnect', () => gpu.break());

runTrainer(createCompute(connectOverFrames(gpu.connect)), {
  isOpen: () => process.connected,
  onOrder: (listener) =>
    void process.on('message', (message: TrainerOrder | GpuRelayMessage) => {
      if (isRelayed(message)) gpu.receive(message);
      else listener(message);
    }),
  onBroken: (listener) => void process.on('disconnect', listener),
  send,
  finish: (report) =>
    send(report, () => {
      if (process.connected) process.disconnect();
    }),
});

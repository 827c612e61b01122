/**
 * The trainer as a process below the shell. Started by electron/engine-process.ts when the engine asks for it.
 * Convention: the shell brings the port to the engine, through which alone orders come, and ports to graphics cards.
 */
import type { GpuPortRequest, ShellToTrainer } from '../../../contract/shell.ts';
import { createCompute } from '../../../compute/compute.ts';
import { runTrainer } from '../../trainers/run-trainer.ts';
import type { MessagePortLike } from '../serve-port.ts';
import type { TrainerOrder } from '../../trainers/trainer-messages.ts';
import { parentPort } from './parent-port.ts';
import { ShellGpuPorts } from './shell-gpu-ports.ts';

/** How long the engine may take to receive the last report. */
const patienceMilliseconds = 5_000;

const shell = parentPort();
const gpuPorts = new ShellGpuPorts((request: GpuPortRequest) => shell.postMessage(request));
const compute = createCompute(gpuPorts.connect);

shell.on('message', ({ data, ports: [port] }) => {
  const delivery = data as ShellToTrainer;
  if (delivery.kind === 'gpu-port') gpuPorts.arrive(delivery.id, port);
  else if (port !== undefined) train(port);
});

function train(port: MessagePortLike): void {
  let open = true;
  port.on('close', () => (open = false));
  runTrainer(compute, {
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
}

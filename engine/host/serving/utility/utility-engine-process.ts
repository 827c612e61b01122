/**
 * The engine as a process below the shell. Started, and started again when it dies, by electron/engine-process.ts.
 * Convention: windows and trainers come as ports that the shell hands over.
 */
import type { ShellRequest, ShellToEngine } from '../../../contract/shell.ts';
import { createEngine } from '../../engine.ts';
import { servePort } from '../serve-port.ts';
import { Sessions } from '../sessions.ts';
import { parentPort } from './parent-port.ts';
import { ShellGpuPorts } from './shell-gpu-ports.ts';
import { ShellTrainers } from './shell-trainers.ts';

const shell = parentPort();
const request = (message: ShellRequest): void => shell.postMessage(message);
const trainers = new ShellTrainers(request);
const gpuPorts = new ShellGpuPorts(request);
const engine = createEngine({ forkTrainer: trainers.fork, connectPage: gpuPorts.connect });
const sessions = new Sessions(engine);

const training = new Set<string>();
engine.listen((event) => {
  if (event.kind !== 'train.state') return;
  const before = training.size;
  const name = `${event.run.id} ${event.project}`;
  if (event.run.status === 'running') training.add(name);
  else training.delete(name);
  if (training.size !== before) request({ kind: 'training', runs: training.size });
});

shell.on('message', ({ data, ports: [port] }) => {
  const order = data as ShellToEngine;
  if (order.kind === 'window' && port !== undefined) servePort(sessions, port);
  else if (order.kind === 'trainer' && port !== undefined) trainers.arrive(order.id, port);
  else if (order.kind === 'trainer-ended') void trainers.end(order.id, order.how, order.lastWords);
  else if (order.kind === 'gpu-port') gpuPorts.arrive(order.id, port);
  else if (order.kind === 'close') void engine.close().finally(() => process.exit(0));
});

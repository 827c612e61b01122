/**
 * A trainer's process as a child of plain Node. Not what is said with it: that is `start-trainer.ts`; where there is a
 * shell, it starts the process instead (utility/shell-trainers.ts). Convention: `onEnd` comes once, and last.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ConnectFrames } from '../../executors/remote/frame-port.ts';
import { GpuRelay, isRelayed } from './gpu-relay.ts';
import type { GpuRelayMessage } from './gpu-relay.ts';
import type { TrainerOrder, TrainerReport } from './trainer-messages.ts';

export interface TrainerEvents {
  readonly onReport: (report: TrainerReport) => void;
  /** @param how a signal or an exit code @param lastWords the end of what it wrote to its standard error */
  readonly onEnd: (how: string, lastWords: string) => void;
}

export interface TrainerProcess {
  /** To one that has ended it goes nowhere. */
  readonly send: (order: TrainerOrder) => void;
  readonly kill: () => void;
}

export type ForkTrainer = (events: TrainerEvents) => TrainerProcess;

/** Of what it last wrote to its standard error. */
const keptCharacters = 2_000;
const trainerFile = fileURLToPath(new URL('trainer-process.ts', import.meta.url));

/** @param connectGpu leads to graphics cards elsewhere; to nobody where there are none */
export function forkTrainers(connectGpu: ConnectFrames = () => Promise.resolve(undefined)): ForkTrainer {
  return (events) => forkTrainer(events, connectGpu);
}

function forkTrainer({ onReport, onEnd }: TrainerEvents, connectGpu: ConnectFrames): TrainerProcess {
  const child = fork(trainerFile, [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Bytes cross as bytes.
    serialization: 'advanced',
  });
  // That a channel has just closed needs no report: the process's end is reported.
  const send = (message: TrainerOrder | GpuRelayMessage): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  const gpu = new GpuRelay(connectGpu, send);
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-keptCharacters);
  });
  child.on('message', (message: TrainerReport | GpuRelayMessage) => {
    if (isRelayed(message)) gpu.receive(message);
    else onReport(message);
  });
  child.once('disconnect', () => gpu.close());
  child.once('error', (error) => onEnd(error.message, lastWords));
  child.once('close', (code, signal) => onEnd(signal ?? `exit code ${String(code)}`, lastWords.trim()));
  return { send, kill: () => void child.kill('SIGKILL') };
}

/**
 * In a Worker of a page: computes what it is sent on the browser's own graphics card. Not a test; checks are made by who
 * asks. Convention: one message in, one out; an error goes back as its message.
 */
import { findAdapter } from '../../../engine/executors/webgpu/open-device.ts';
import { WebGpuExecutor } from '../../../engine/executors/webgpu/webgpu-executor.ts';
import { trainingProgram } from '../../../engine/network/mamba-unet.ts';
import type { BatchSize } from '../../../engine/network/mamba-unet.ts';
import type { NetworkConfig } from '../../../engine/network/network-config.ts';
import type { RunRequest } from '../../../engine/program/executor.ts';

export interface WorkerQuestion {
  readonly config: NetworkConfig;
  readonly size: BatchSize;
  readonly parameters: readonly number[];
  readonly samples: readonly number[];
  readonly labels: readonly number[];
  readonly placement: readonly number[];
}

export interface WorkerAnswer {
  readonly adapter?: string;
  readonly error?: string;
  readonly outputs?: Readonly<Record<string, readonly number[]>>;
  readonly gradients?: readonly number[];
}

interface WorkerScope {
  onmessage: ((event: { readonly data: WorkerQuestion }) => void) | null;
  readonly postMessage: (answer: WorkerAnswer) => void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  answer(data).then(
    (found) => scope.postMessage(found),
    (error: unknown) => scope.postMessage({ error: error instanceof Error ? error.message : String(error) }),
  );
};

async function answer(question: WorkerQuestion): Promise<WorkerAnswer> {
  const found = await findAdapter(navigator.gpu);
  if (found === undefined) return { error: 'no adapter' };
  const executor = new WebGpuExecutor(navigator.gpu, { description: found.facts.name });
  const { config, size } = question;
  const session = await executor.open(trainingProgram(config, size));
  await session.write('parameters', Float32Array.from(question.parameters));
  const request: Omit<RunRequest, 'phase'> = {
    count: size.batch,
    inputs: {
      samples: Uint8Array.from(question.samples),
      labels: Uint8Array.from(question.labels),
      placement: Float32Array.from(question.placement),
      seed: new Float32Array(size.batch).fill(1 / size.batch),
    },
  };
  const outputs = await session.run({ ...request, phase: 'forward' });
  await session.run({ ...request, phase: 'gradient' });
  const gradients = [...(await session.read('gradients'))];
  await session.close();
  const plain = Object.entries(outputs).map(([name, values]) => [name, [...values]] as const);
  return { adapter: found.facts.name, outputs: Object.fromEntries(plain), gradients };
}

/**
 * What runs on the card for each phase of a program: pipelines in order, made once. Not when they run.
 * Convention: forward is one list, training another (forward without what the loss does not need, gradients, their sum);
 * updates come after it.
 */
import { MambrushError } from '../../contract/error.ts';
import type { Gather } from './gather-gradients.ts';
import type { ProgramPlan } from './program-plan.ts';
import { scheduleKernels } from './schedule.ts';
import { groupsOf, shaderText } from './shader-text.ts';
import type { DispatchText } from './shader-text.ts';
import { updateDispatches } from './updates.ts';

export interface Dispatch extends DispatchText {
  readonly pipeline: GPUComputePipeline;
}

export interface PhaseDispatches<D extends DispatchText> {
  readonly forward: readonly D[];
  readonly training: readonly D[];
  readonly update: readonly D[];
}

/** @param subgroups whether the card sums by them */
export function phaseTexts(plan: ProgramPlan, gather: Gather, subgroups: boolean): PhaseDispatches<DispatchText> {
  const { program } = plan;
  const list = (kernels: ProgramPlan['forward']): readonly DispatchText[] =>
    scheduleKernels(kernels, plan.regions).map((chains) => ({
      labels: chains.map((chain) => chain.map(({ label }) => label).join(' → ')),
      groups: chains.reduce((total, chain) => total + groupsOf(chain), 0),
      perSample: true,
      code: shaderText(chains, plan, subgroups),
    }));
  const trains = program.backward.length > 0;
  return {
    forward: list(plan.forward),
    training: trains ? [...list(plan.training), ...(program.parameterCount > 0 ? [gather] : [])] : [],
    update: trains ? updateDispatches(program) : [],
  };
}

/** Compiles everything at once. @throws MambrushError 'gpu-shader-refused' naming the kernels */
export async function compileDispatches(
  device: GPUDevice,
  layout: GPUPipelineLayout,
  texts: PhaseDispatches<DispatchText>,
): Promise<PhaseDispatches<Dispatch>> {
  const known = new Map<string, Promise<GPUComputePipeline>>();
  const compile = async (text: DispatchText): Promise<Dispatch> => {
    const pipeline = known.get(text.code) ?? compileOne(device, layout, text);
    known.set(text.code, pipeline);
    return { ...text, pipeline: await pipeline };
  };
  const all = (list: readonly DispatchText[]): Promise<Dispatch[]> => Promise.all(list.map(compile));
  const [forward, training, update] = await Promise.all([all(texts.forward), all(texts.training), all(texts.update)]);
  return { forward, training, update };
}

async function compileOne(
  device: GPUDevice,
  layout: GPUPipelineLayout,
  { labels, code }: DispatchText,
): Promise<GPUComputePipeline> {
  const label = labels.join(' + ');
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code });
  const [refused, info] = await Promise.all([device.popErrorScope(), module.getCompilationInfo()]);
  const messages = info.messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, message }) => `${lineNum}: ${message}`);
  try {
    if (refused !== null) throw new Error([refused.message, ...messages].join('\n'));
    return await device.createComputePipelineAsync({ label, layout, compute: { module, entryPoint: 'main' } });
  } catch (cause) {
    throw new MambrushError(
      'gpu-shader-refused',
      `The graphics card's driver refuses the kernel '${label}'. Choose the executor 'cpu', and please report this: ` +
        (cause instanceof Error ? cause.message : String(cause)),
      { cause },
    );
  }
}

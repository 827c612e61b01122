/**
 * The options about what computes, of every command that computes.
 */
import type { ComputeSettings } from '../contract/training.ts';
import type { OptionValues } from './option-values.ts';
import type { OptionSpecs } from './command.ts';

export const computeOptions: OptionSpecs = {
  executor: {
    value: 'NAME',
    description:
      "what computes: 'auto' (the default: the fastest that works here), 'cpu', 'webgpu' (the graphics card) or 'reference'; to predict also 'onnx' or 'onnx-gpu'",
  },
  threads: { value: 'N', description: 'threads to compute on; all cores unless given' },
  'instruction-set': { value: 'NAME', description: "as 'doctor' lists them; the fastest unless given" },
};

export function computeArguments(values: OptionValues): ComputeSettings {
  return {
    executor: values.text('executor'),
    threads: values.whole('threads', { min: 1, max: 1024 }),
    instructionSet: values.text('instruction-set'),
  };
}

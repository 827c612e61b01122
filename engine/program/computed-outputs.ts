/**
 * Which of a program's outputs a run computes. Convention: in the program's own order of outputs.
 */
import type { RunRequest } from './executor.ts';
import type { Program, Tensor } from './program.ts';

/** `forward` runs all forward operations, the other phases those that the loss depends on, and the gradients. */
export function computedOutputs(program: Program, phase: RunRequest['phase']): readonly Tensor[] {
  const operations =
    phase === 'forward'
      ? program.forward
      : [...program.forward.filter(({ feedsLoss }) => feedsLoss), ...program.backward];
  const written = new Set(operations.flatMap(({ outputs }) => outputs));
  return program.outputs.filter(({ id }) => written.has(id));
}

/**
 * Builds the program of a recipe that comes from another process. Convention: it is checked first; what is built is a network
 * or an operation of this version, of bounded size.
 */
import { MambrushError } from '../contract/error.ts';
import type { Program } from '../program/program.ts';
import { predictionProgram, trainingProgram } from './mamba-unet.ts';
import { recipe } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { goldenNetworkProgram, goldenOperationProgram } from './verify/golden-programs.ts';

/** @throws MambrushError 'network-config', 'network-size', 'golden-unknown', 'golden-incomplete' */
export function buildProgram(value: unknown): Program {
  const checked = recipe.safeParse(value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw refusal(`'${issue?.path.join('.') ?? ''}' is wrong: ${issue?.message ?? ''}`, checked.error);
  }
  try {
    return build(checked.data);
  } catch (cause) {
    throw cause instanceof MambrushError ? cause : refusal(cause instanceof Error ? cause.message : '', cause);
  }
}

function refusal(why: string, cause: unknown): MambrushError {
  return new MambrushError('network-config', `This network cannot be built: ${why}.`, { cause });
}

function build(recipe: Recipe): Program {
  switch (recipe.kind) {
    case 'prediction':
      return predictionProgram(recipe.network, recipe.size);
    case 'training':
      return trainingProgram(recipe.network, recipe.size, recipe.optimiser, recipe.clipNorm);
    case 'golden-network':
      return goldenNetworkProgram(recipe);
    case 'golden-operation':
      return goldenOperationProgram(recipe);
  }
}

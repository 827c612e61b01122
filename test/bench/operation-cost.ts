/**
 * What an operation costs at least: multiply-adds, and bytes if every operand is moved once. For benchmarks and plans;
 * nothing is computed with it.
 * Convention: per sample. An exponential counts as 8 multiply-adds, a GELU, sigmoid or logarithm as 16: that is what the
 * polynomials take.
 */
import { channelsOf, sizeOf } from '../../engine/program/operation.ts';
import type { Operation, Program, Tensor } from '../../engine/program/program.ts';

export interface OperationCost {
  readonly multiplyAdds: number;
  readonly bytes: number;
}

const exponential = 8;
const transcendental = 16;

function bytesOf(tensor: Tensor): number {
  return sizeOf(tensor.shape) * (tensor.type === 'u8' ? 1 : 4);
}

/** Cost of one operation for one sample. */
export function costOf(program: Program, operation: Operation): OperationCost {
  const tensorAt = (id: number | undefined): Tensor | undefined => (id === undefined ? undefined : program.tensors[id]);
  const inputs = operation.inputs.map(tensorAt);
  const outputs = operation.outputs.map(tensorAt);
  const touched = new Set([...inputs, ...outputs].filter((tensor) => tensor !== undefined));
  const bytes = [...touched].reduce((total, tensor) => total + bytesOf(tensor), 0);
  const multiplyAdds =
    operation.pass === 'forward' ? forwardWork(operation, inputs, outputs) : gradientWork(operation, inputs, outputs);
  return { multiplyAdds, bytes };
}

type Tensors = readonly (Tensor | undefined)[];

function size(tensors: Tensors, position: number): number {
  const tensor = tensors[position];
  return tensor === undefined ? 0 : sizeOf(tensor.shape);
}

/** Multiply-adds of a product with a weight: each value of `weight` meets every row. */
function productWork(kind: string, inputs: Tensors, dataSize: number): number {
  const weight = inputs[1];
  if (weight === undefined) return 0;
  const outputs = weight.shape[0] ?? 1;
  const features = sizeOf(weight.shape) / outputs;
  return kind === 'conv3x3' ? (dataSize / outputs) * outputs * features : (dataSize / features) * outputs * features;
}

function forwardWork(operation: Operation, inputs: Tensors, outputs: Tensors): number {
  const { kind } = operation.definition;
  const result = size(outputs, 0);
  switch (kind) {
    case 'conv3x3':
      return productWork(kind, inputs, result);
    case 'linear':
      return productWork(kind, inputs, size(inputs, 0));
    case 'spatial-attention':
      return result * (98 + transcendental);
    case 'selective-scan': {
      const states = channelsOf(inputs[5]?.shape ?? [1]);
      return size(inputs, 0) * (states * (exponential + 4) + 3 * transcendental);
    }
    case 'causal-conv1d-silu':
      return result * (5 + transcendental);
    case 'groupnorm-maxpool-gelu':
      return 6 * size(inputs, 0) + result * transcendental;
    case 'groupnorm-upsample-gelu':
    case 'groupnorm-gelu':
      return 2 * size(inputs, 0) + result * (4 + transcendental);
    case 'gelu':
    case 'class-probabilities':
      return result * transcendental;
    case 'bce-dice':
    case 'softmax-dice':
      return size(inputs, 0) * 2 * transcendental;
    case 'channel-attention':
      return (
        outputs.slice(0, -1).reduce((total, gate) => total + sizeOf(gate?.shape ?? []), 0) *
        size(outputs, outputs.length - 1)
      );
    case 'upsample':
      return 4 * result;
    default:
      return Math.max(size(inputs, 0), result) * 3;
  }
}

function gradientWork(operation: Operation, inputs: Tensors, outputs: Tensors): number {
  const { kind } = operation.definition;
  const forwardInputs = inputs.slice(0, outputs.length);
  const outputGradients = inputs.slice(outputs.length + (inputs.length - outputs.length) / 2);
  const gradient = outputGradients.reduce((total, tensor) => total + sizeOf(tensor?.shape ?? [0]), 0);
  const products = (outputs[0] === undefined ? 0 : 1) + (outputs[1] === undefined ? 0 : 1);
  switch (kind) {
    case 'conv3x3':
      return products * productWork(kind, forwardInputs, gradient);
    case 'linear': {
      const weight = forwardInputs[1];
      return weight === undefined ? 0 : products * (gradient / (weight.shape[0] ?? 1)) * sizeOf(weight.shape);
    }
    case 'spatial-attention':
      return gradient * (2 * 98 + 2);
    case 'selective-scan': {
      const states = channelsOf(forwardInputs[5]?.shape ?? [1]);
      return size(forwardInputs, 0) * (states * (exponential + 14) + 6 * transcendental);
    }
    case 'causal-conv1d-silu':
      return gradient * (13 + transcendental);
    case 'groupnorm-maxpool-gelu':
    case 'groupnorm-upsample-gelu':
    case 'groupnorm-gelu':
      return 8 * size(forwardInputs, 0) + gradient * (8 + transcendental);
    case 'gelu':
    case 'bce-dice':
    case 'softmax-dice':
      return size(forwardInputs, 0) * transcendental;
    case 'channel-attention':
      return 2 * forwardWork(operation, forwardInputs, inputs.slice(outputs.length));
    default:
      return Math.max(gradient, size(forwardInputs, 0)) * 4;
  }
}

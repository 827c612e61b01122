/**
 * The executor on this machine's processor: C++ with its own threads, one asynchronous call per run.
 * Convention: float32 throughout; the same bits for any number of threads, and other bits for another instruction set.
 */
import { availableParallelism } from 'node:os';
import { MambrushError } from '../../contract/error.ts';
import { computedOutputs } from '../../program/computed-outputs.ts';
import { asFloat32, checkBlock, checkRequest } from '../../program/executor.ts';
import type { Block, Executor, FloatArray, RunRequest, Session, SessionOptions } from '../../program/executor.ts';
import { sizeOf } from '../../program/operation.ts';
import type { Program } from '../../program/program.ts';
import { loadAddon } from './native-addon.ts';
import type { NativeAddon, NativeSession } from './native-addon.ts';
import { encodeProgram } from './program-encoding.ts';

const blocks: readonly Block[] = ['parameters', 'gradients', 'moment1', 'moment2'];
const phases: readonly RunRequest['phase'][] = ['forward', 'gradient', 'step'];

/** Whether the native part is there; if not, why and what to do. */
export function cpuAvailability(): { readonly available: boolean; readonly reason?: string } {
  const loaded = loadAddon();
  return 'addon' in loaded ? { available: true } : { available: false, reason: loaded.reason };
}

/** Instruction sets that this machine can run, the fastest first; none where the native part is missing. */
export function cpuInstructionSets(): readonly string[] {
  const loaded = loadAddon();
  return 'addon' in loaded ? loaded.addon.instructionSets() : [];
}

function requireAddon(): NativeAddon {
  const loaded = loadAddon();
  if ('addon' in loaded) return loaded.addon;
  throw new MambrushError('cpu-executor-missing', `The cpu executor cannot run: ${loaded.reason}.`);
}

function chooseInstructionSet(addon: NativeAddon, wanted: string | undefined): string {
  const available = addon.instructionSets();
  const chosen = wanted ?? available[0] ?? 'baseline';
  if (available.includes(chosen)) return chosen;
  throw new MambrushError(
    'instruction-set-missing',
    `This machine has no '${chosen}'. Choose one of: ${available.join(', ')}.`,
  );
}

export const cpuExecutor: Executor = {
  name: 'cpu',
  get description() {
    const threads = availableParallelism();
    return `C++, float32, ${cpuInstructionSets()[0] ?? 'not built'}, ${String(threads)} thread${threads === 1 ? '' : 's'}`;
  },
  open: (program, options = {}) => openCpuSession(program, options),
};

/** Opens a program. @throws MambrushError 'cpu-executor-missing', 'instruction-set-missing' */
export async function openCpuSession(program: Program, options: SessionOptions = {}): Promise<CpuSession> {
  const addon = requireAddon();
  const instructionSet = chooseInstructionSet(addon, options.instructionSet);
  const encoded = encodeProgram(program, addon.operationKinds());
  // A sample is the unit of work, so threads beyond the batch would only sleep.
  const threads = Math.min(Math.max(options.threads ?? availableParallelism(), 1), program.batch);
  const native = new addon.NativeSession(encoded, instructionSet, threads, options.poison ?? false);
  return new CpuSession(program, native);
}

class CpuSession implements Session {
  readonly program: Program;
  readonly #native: NativeSession;

  constructor(program: Program, native: NativeSession) {
    this.program = program;
    this.#native = native;
  }

  // Whether the session is open and at rest is the native part's to say, in every method.

  async write(block: Block, values: FloatArray): Promise<void> {
    checkBlock(this.program, block, values);
    this.#native.write(blocks.indexOf(block), asFloat32(values));
  }

  async read(block: Block): Promise<Float32Array> {
    const values = new Float32Array(this.program.parameterCount);
    this.#native.read(blocks.indexOf(block), values);
    return values;
  }

  async run(request: RunRequest): Promise<Readonly<Record<string, Float32Array>>> {
    checkRequest(this.program, request);
    for (const input of this.program.inputs) {
      const values = request.inputs[input.name];
      if (values !== undefined) {
        this.#native.putInput(input.id, values instanceof Uint8Array ? values : asFloat32(values));
      }
    }
    const { learningRate, step } = request.scalars ?? { learningRate: 0, step: 0 };
    await this.#native.run(phases.indexOf(request.phase), request.count, learningRate, step);
    const computed = computedOutputs(this.program, request.phase);
    return Object.fromEntries(
      computed.map((tensor) => {
        const values = new Float32Array(request.count * sizeOf(tensor.shape));
        this.#native.getOutput(tensor.id, values);
        return [tensor.name, values];
      }),
    );
  }

  async close(): Promise<void> {
    this.#native.close();
  }
}

/**
 * Where one thread's time goes in a training step: a native part of the bench's own, which measures, runs the program.
 * Convention: built beside the product's at first use, with MAMBRUSH_BENCH defined; the product's has no such function.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from '../../engine/executors/cpu/build.ts';
import { addonPath } from '../../engine/executors/cpu/native-addon.ts';
import type { NativeAddon, NativeSession } from '../../engine/executors/cpu/native-addon.ts';
import { encodeProgram } from '../../engine/executors/cpu/program-encoding.ts';
import type { Operation, Program } from '../../engine/program/program.ts';

/** Seconds that one kind of operation took, summed over its uses. */
export interface OperationTime {
  readonly kind: string;
  readonly pass: Operation['pass'];
  readonly seconds: number;
}

interface ProfilingSession extends NativeSession {
  profile(phase: number, count: number): Float64Array;
}

const step = 2;

/** @param count samples @throws Error where the native part cannot be built */
export async function profileStep(
  program: Program,
  instructionSet: string,
  parameters: Float32Array,
  inputs: Readonly<Record<string, Uint8Array | Float32Array>>,
  count: number,
): Promise<readonly OperationTime[]> {
  const target = join(dirname(addonPath), 'bench', 'profile.node');
  const folder = fileURLToPath(new URL('native/', import.meta.url));
  const { built, reason } = await buildNative({ flags: ['-DMAMBRUSH_BENCH', `-I${folder}`], target });
  if (!built) throw new Error(reason);
  const addon = createRequire(import.meta.url)(target) as NativeAddon;
  const encoded = encodeProgram(program, addon.operationKinds());
  const session = new addon.NativeSession(encoded, instructionSet, 1, false) as ProfilingSession;
  session.write(0, parameters);
  for (const { id, name } of program.inputs) {
    const values = inputs[name];
    if (values !== undefined) session.putInput(id, values);
  }
  await session.run(step, count, 1e-3, 1);
  const seconds = session.profile(step, count);
  session.close();
  const times = new Map<string, OperationTime>();
  const operations = [...program.forward.filter(({ feedsLoss }) => feedsLoss), ...program.backward];
  for (const [i, { definition, pass }] of operations.entries()) {
    const key = `${definition.kind} ${pass}`;
    const known = times.get(key)?.seconds ?? 0;
    times.set(key, { kind: definition.kind, pass, seconds: known + (seconds[i] ?? 0) });
  }
  return [...times.values()].sort((a, b) => b.seconds - a.seconds);
}
